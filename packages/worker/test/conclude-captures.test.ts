/** What Celery stored and sent after an execution, and what we make of the very message that it ran. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { TaskOutcome } from '@lovage/app';
import { SoftTimeLimitExceeded, TimeLimitExceeded } from '@lovage/app';
import type { Envelope } from '@lovage/contracts';
import type { TaskMeta } from '@lovage/protocol';
import { readKombu, readMeta } from '@lovage/protocol';
import type { Call } from './conclude-scene.ts';
import { concluded, failed, opened, retry, succeeded } from './conclude-scene.ts';

interface Captured {
  /** In the order they were sent; the first is the call. */
  readonly messages: readonly Envelope[];
  /** In the order they were stored, by task id. */
  readonly metas: readonly TaskMeta[];
}

function captured(name: string): Captured {
  const file = new URL(`../../../interop/captures/${name}.json`, import.meta.url);
  const { raw } = JSON.parse(readFileSync(file, 'utf8')) as {
    raw: { commands: [number, number, string[]][] };
  };
  const argv = raw.commands.map(([, , words]) => words).filter(Array.isArray);
  return {
    messages: argv.filter(([verb]) => verb === 'LPUSH').map((words) => readKombu(words.at(-1)!).envelope),
    metas: argv
      .filter(([verb]) => verb === 'SETEX')
      .map((words) => readMeta(new TextEncoder().encode(words.at(-1)!))),
  };
}

/** Python's ValueError is a RangeError here. */
class ValueError extends RangeError {
  override readonly name = 'RangeError';
}

const TABLE: readonly [name: string, outcome: TaskOutcome, call?: Call][] = [
  ['20-exec-success', succeeded(5)],
  ['20b-exec-success-acks-late', succeeded(5)],
  ['23-exec-failure', failed(new ValueError('boom'))],
  ['24-exec-ignored', succeeded(1)],
  [
    '25-exec-result-extended',
    succeeded({ args: [1, 'é'], kwargs: { k: 2 } }),
    { conf: { resultExtended: true } },
  ],
  ['25b-exec-result-extended-failure', failed(new ValueError('boom')), { conf: { resultExtended: true } }],
  ['26-exec-retry', retry({ error: new ValueError('not yet'), countdownS: 1 })],
  ['27-exec-chain3', succeeded(3)],
  ['31b-exec-link-error', failed(new ValueError('x'))],
  ['35-exec-soft-timeout', failed(new SoftTimeLimitExceeded())],
  ['35b-exec-hard-timeout', failed(new TimeLimitExceeded(1))],
];

for (const [name, outcome, call] of TABLE) {
  test(`${name}: the same state is kept of the same message`, () => {
    const { messages, metas } = captured(name);
    const conclusion = concluded(outcome, { ...call, envelope: messages[0]! });
    const ours = conclusion.records.map(({ payload }) => comparable(readMeta(payload)));
    const theirs = metas.filter(({ taskId }) => taskId === messages[0]!.id).map(comparable);
    assert.deepEqual(ours, theirs.slice(0, theirs.length === 0 ? 0 : 1));
  });
}

/** Without what differs by nature: the moment, and the texts of another language's stack. */
function comparable(meta: TaskMeta) {
  const { dateDone, traceback, children, worker, ...rest } = meta;
  return { ...rest, done: dateDone !== null, ...(worker === undefined ? {} : { worker: true }) };
}

test('27: the next step of a chain is the message that Celery sends', () => {
  const { messages } = captured('27-exec-chain3');
  const [call, second] = messages;
  const { followUps } = concluded(succeeded(3), { envelope: call! });
  assert.equal(followUps.length, 1);
  const ours = opened(followUps[0]!.envelope);
  const theirs = opened(second!);
  assert.deepEqual([ours.args, ours.kwargs, ours.embed], [theirs.args, theirs.kwargs, theirs.embed]);
  const { id, task, rootId, parentId, argsrepr } = theirs.headers;
  assert.deepEqual(
    { id, task, rootId, parentId, argsrepr },
    {
      id: ours.headers.id,
      task: ours.headers.task,
      rootId: ours.headers.rootId,
      parentId: ours.headers.parentId,
      argsrepr: ours.headers.argsrepr,
    },
  );
  assert.equal(followUps[0]!.envelope.replyTo, second!.replyTo, 'answers go to the first caller');
});

test('26: a retry is the message that Celery sends, and keeps the headers and the parent that Celery loses', () => {
  const { messages } = captured('26-exec-retry');
  const [call, again] = messages;
  const { followUps } = concluded(retry({ error: new ValueError('not yet'), countdownS: 1 }), {
    envelope: call!,
  });
  const ours = followUps[0]!.envelope;
  assert.deepEqual(Buffer.from(ours.body), Buffer.from(again!.body));
  assert.deepEqual(
    [ours.priority, ours.replyTo, ours.correlationId],
    [again!.priority, again!.replyTo, again!.correlationId],
  );
  const fields = [
    'task',
    'id',
    'retries',
    'root_id',
    'argsrepr',
    'kwargsrepr',
    'timelimit',
    'expires',
    'group',
  ];
  const pick = ({ headers }: Envelope) => fields.map((field) => headers[field]);
  assert.deepEqual(pick(ours), pick(again!));
  assert.equal(ours.headers['x-user'], 'u1');
  assert.equal(ours.headers['parent_id'], null);
});

test('27b: a broken chain sends the errbacks, and every step that will never run fails alike', () => {
  const { messages, metas } = captured('27b-exec-chain-fail');
  const [call, alarm] = messages;
  const conclusion = concluded(failed(new ValueError('x')), { envelope: call! });
  const failures = metas.filter(({ status }) => status === 'FAILURE');
  assert.deepEqual(
    conclusion.records.map(({ taskId, payload }) => [taskId, readMeta(payload).result]),
    failures.map(({ taskId, result }) => [taskId, result]),
  );
  // Celery calls the new style err_new(request, exc, traceback) in its own process; over the wire goes the old style.
  const ours = conclusion.followUps.map(({ envelope }) => opened(envelope));
  assert.deepEqual(
    ours.map(({ headers }) => headers.task),
    ['tasks.err_new', 'tasks.err_old'],
  );
  const theirs = opened(alarm!);
  const same = ours.find(({ headers }) => headers.task === theirs.headers.task)!;
  assert.deepEqual([same.args, same.kwargs], [theirs.args, theirs.kwargs]);
  assert.deepEqual(
    [same.headers.rootId, same.headers.parentId],
    [theirs.headers.rootId, theirs.headers.parentId],
  );
});

test('31: callbacks are given what Celery gives them', () => {
  const { messages } = captured('31-exec-link');
  const [call, ...callbacks] = messages;
  const { followUps } = concluded(succeeded(3), { envelope: call! });
  const essence = (envelope: Envelope) => {
    const { headers, args, kwargs } = opened(envelope);
    return [headers.task, args, kwargs, headers.rootId, headers.parentId];
  };
  assert.deepEqual(
    followUps.map(({ envelope }) => essence(envelope)),
    callbacks.map(essence),
  );
});
