import assert from 'node:assert/strict';
import type { AppOptions, NamedTaskOptions, TaskOutcome } from '@lovage/app';
import { App } from '@lovage/app';
import type { Compressor, Envelope, ResultRecord, Serializer } from '@lovage/contracts';
import type { Embed, OutgoingHeaders, SignatureDict, TaskMeta } from '@lovage/protocol';
import { EMPTY_EMBED, json, readBody, readHeaders, readMeta, writeTask } from '@lovage/protocol';
import { conclude } from '../src/conclude.ts';
import type { Conclusion } from '../src/conclusion.ts';
import { readRequest } from '../src/read-request.ts';
import { RecordWriter } from '../src/records.ts';

export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
export const TASK = 't.fn';
export const ID = 'id-1';
export const HOSTNAME = 'celery@here';

/** The call that ends, its task and its house; everything left out is as in a plain `delay()`. */
export interface Call {
  readonly args?: readonly unknown[];
  readonly kwargs?: Record<string, unknown>;
  readonly embed?: Partial<Embed>;
  readonly headers?: Partial<OutgoingHeaders>;
  readonly priority?: number;
  readonly serializer?: Serializer;
  readonly compression?: Compressor;
  readonly options?: Partial<NamedTaskOptions>;
  readonly conf?: AppOptions;
  readonly keepsResults?: boolean;
  readonly foreignPeers?: boolean;
  /** Instead of a message made of the above. */
  readonly envelope?: Envelope;
}

export function messageOf(call: Call = {}): Envelope {
  const headers = { task: TASK, id: ID, origin: 'gen1@there', ...call.headers };
  const body = { args: call.args ?? [], kwargs: call.kwargs ?? {}, embed: { ...EMPTY_EMBED, ...call.embed } };
  return writeTask(headers, body, {
    serializer: call.serializer ?? json,
    replyTo: 'oid-1',
    ...(call.compression ? { compression: call.compression } : {}),
    ...(call.priority === undefined ? {} : { priority: call.priority }),
  });
}

/** What must follow when a call ends so. Everything but the outcome passes through the wire's form. */
export function concluded(outcome: TaskOutcome, call: Call = {}): Conclusion {
  const envelope = call.envelope ?? messageOf(call);
  const app = new App('conclude', { environment: {}, brokerUrl: 'memory://', ...call.conf });
  const headers = readHeaders(envelope);
  const task = app.adopt({ name: headers.task, options: call.options ?? {}, fn: () => null, file: 'here' });
  const queue = 'celery';
  const { request, body } = readRequest(app, HOSTNAME, { envelope, queue, redelivered: false }, headers);
  const records = new RecordWriter(app, {
    hostname: HOSTNAME,
    keepsResults: call.keepsResults ?? true,
    errorsEvenIfIgnored: task.options.storeErrorsEvenIfIgnored,
  });
  const house = { describe: true, foreignPeers: call.foreignPeers ?? false };
  const execution = { app, options: task.options, request, queue, envelope, headers, body, records };
  return conclude({ ...execution, ...house }, outcome, NOW);
}

export const succeeded = (value: unknown): TaskOutcome => ({ kind: 'succeeded', value, runtimeS: 0.5 });
export const failed = (error: unknown, expected = false): TaskOutcome => ({
  kind: 'failed',
  error,
  expected,
  runtimeS: 0.5,
});
export const retry = (change: Partial<Extract<TaskOutcome, { kind: 'retry' }>> = {}): TaskOutcome => ({
  kind: 'retry',
  error: undefined,
  countdownS: 0,
  ...change,
});

export function signature(task: string, given: Partial<SignatureDict> = {}): SignatureDict {
  return { task, args: [], kwargs: {}, options: {}, subtask_type: null, immutable: false, ...given };
}

/** The document of the only record, or of the one with this task id. */
export function meta(conclusion: Conclusion, taskId?: string): TaskMeta {
  const found = conclusion.records.filter((record) => taskId === undefined || record.taskId === taskId);
  assert.equal(found.length, 1, `one record${taskId === undefined ? '' : ` of ${taskId}`}`);
  return readMeta(found[0]!.payload);
}

export const record = (conclusion: Conclusion): ResultRecord => {
  assert.equal(conclusion.records.length, 1);
  return conclusion.records[0]!;
};

const EVERYTHING = { accept: new Set(['application/json', 'application/x-yaml']), maxBytes: 1e6 };
export const opened = (envelope: Envelope) => ({
  headers: readHeaders(envelope),
  ...readBody(envelope, EVERYTHING),
});
