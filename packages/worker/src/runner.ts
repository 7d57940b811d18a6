import type { App, ResolvedTaskOptions, Task, TaskRequest } from '@lovage/app';
import { perform } from '@lovage/app';
import type { Envelope, PoolContext, PoolEntry, ResultRecord } from '@lovage/contracts';
import { DecodeError } from '@lovage/contracts';
import type { TaskBody, TaskHeaders } from '@lovage/protocol';
import { ContentDisallowed, InvalidTaskError, readHeaders } from '@lovage/protocol';
import { conclude } from './conclude.ts';
import type { Conclusion } from './conclusion.ts';
import { readRequest } from './read-request.ts';
import { RecordWriter } from './records.ts';

/** What travels from the worker to the process that runs the task. */
export interface TaskJob {
  readonly envelope: Envelope;
  readonly queue: string;
  readonly redelivered: boolean;
  /** Read already, where job and worker share a process. */
  readonly headers?: TaskHeaders;
  /** Say in the report what the task returned: somebody reads it. */
  readonly describe?: true;
}

/** What the worker knows and the process that runs the task must know too. Plain data. */
export interface RunnerFacts {
  readonly hostname: string;
  readonly keepsResults: boolean;
  /** The broker's trait of that name. */
  readonly foreignPeers: boolean;
}

/**
 * The inside of a pool: bytes in, conclusion out. It decodes the body, runs the function and concludes,
 * so that with child processes this work is shared among them and the worker only moves bytes.
 */
export class TaskRunner implements PoolEntry {
  readonly #app: App;
  readonly facts: RunnerFacts;
  readonly #writers = new Map<string, RecordWriter>();

  constructor(app: App, facts: RunnerFacts) {
    this.#app = app;
    this.facts = facts;
  }

  async run(input: unknown, context: PoolContext): Promise<Conclusion> {
    const { envelope, queue, redelivered, headers: read, describe = false } = input as TaskJob;
    const app = this.#app;
    let headers: TaskHeaders;
    let body: TaskBody;
    let request: TaskRequest;
    try {
      headers = read ?? readHeaders(envelope, { timezone: app.conf.timezone });
      ({ request, body } = readRequest(app, this.facts.hostname, { envelope, queue, redelivered }, headers));
    } catch (error) {
      return unreadable(error);
    }
    const task = app.tasks.get(headers.task);
    if (!task) {
      return unreadable(
        new InvalidTaskError('task', `task ${headers.task} is registered in the worker but not in its child`),
      );
    }
    const { options } = task;
    const records = this.writerFor(task);

    const report = (state: string, meta: unknown) => context.report(records.state(request, state, meta));
    if (options.trackStarted) report('STARTED', { pid: process.pid, hostname: this.facts.hostname });

    const outcome = await perform(app, task, request, { signal: context.signal, report });
    const { foreignPeers } = this.facts;
    const message = { queue, envelope, headers, body };
    const execution = { app, options, request, ...message, records, describe, foreignPeers };
    return conclude(execution, outcome, Date.now());
  }

  writerFor(
    task: Pick<Task, 'name'> & { options: Pick<ResolvedTaskOptions, 'storeErrorsEvenIfIgnored'> },
  ): RecordWriter {
    const known = this.#writers.get(task.name);
    if (known) return known;
    const writer = new RecordWriter(this.#app, {
      ...this.facts,
      errorsEvenIfIgnored: task.options.storeErrorsEvenIfIgnored,
    });
    this.#writers.set(task.name, writer);
    return writer;
  }
}

/** What a job reports while it runs: records to store. */
export type JobReport = readonly ResultRecord[];

/** The message cannot be understood. Nobody waits for a result under an id that may not be one: it goes to quarantine. */
function unreadable(error: unknown): Conclusion {
  const known =
    error instanceof DecodeError || error instanceof InvalidTaskError || error instanceof ContentDisallowed;
  if (!known) throw error;
  return {
    records: [],
    followUps: [],
    settlement: 'done',
    quarantine: `${error.name}: ${error.message}`,
    report: { kind: 'unreadable', runtimeS: 0, text: error.message },
  };
}
