import type { App } from '@lovage/app';
import { errorInfo, errorRepr } from '@lovage/protocol';
import { failure } from './conclude.ts';
import type { Conclusion } from './conclusion.ts';
import type { Admitted } from './executions.ts';
import { readRequest } from './read-request.ts';
import type { TaskRunner } from './runner.ts';
import { takenBack } from './taken-back.ts';

/** Concludes in the worker what the process that ran the task no longer can: it is gone, or was ended. */
export class WorkerVerdicts {
  readonly #app: App;
  readonly #hostname: string;
  readonly #runner: TaskRunner;

  constructor(app: App, hostname: string, runner: TaskRunner) {
    this.#app = app;
    this.#hostname = hostname;
    this.#runner = runner;
  }

  /** A failure: `error` is what the caller sees. Nobody else can send the signal of it; Celery's worker sends it too. */
  lost({ delivery, headers }: Admitted, error: Error, timedOut: boolean): Conclusion {
    const app = this.#app;
    const { envelope, queue } = delivery;
    const task = app.tasks.get(headers.task)!;
    const { options } = task;
    const { request, body } = readRequest(app, this.#hostname, delivery, headers);
    const { foreignPeers } = this.#runner.facts;
    const message = { queue, envelope, headers, body };
    const records = this.#runner.writerFor(task);
    const execution = { app, options, request, ...message, records, describe: true, foreignPeers };
    const info = errorInfo(error);
    const { id: taskId, args, kwargs } = request;
    const told = { taskId, exception: error, args, kwargs, traceback: null };
    void app.signals.taskFailure.send(headers.task, told);
    const { warning, ...conclusion } = failure(execution, info, null, Date.now());
    return {
      ...conclusion,
      settlement: timedOut && !options.acksOnFailureOrTimeout ? 'reject' : 'done',
      report: { kind: 'failed', runtimeS: 0, text: errorRepr(info), ...(warning ? { warning } : {}) },
    };
  }

  /** Somebody took the task back while it ran, and meant it. */
  terminated({ delivery, headers }: Admitted, signal: NodeJS.Signals): Omit<Conclusion, 'report'> {
    const { request } = readRequest(this.#app, this.#hostname, delivery, headers);
    const task = this.#app.tasks.get(headers.task)!;
    void this.#app.signals.taskRevoked.send(headers.task, {
      request,
      terminated: true,
      signum: signal,
      expired: false,
    });
    const ends = takenBack(this.#runner.writerFor(task), request, 'terminated', Date.now());
    return { ...ends, followUps: [], settlement: 'done' };
  }
}
