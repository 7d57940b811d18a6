import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  Broker,
  Consumer,
  Delivery,
  OutgoingMessage,
  ResultBackend,
  ResultRecord,
  Settlement,
} from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';
import { Completer } from '../src/completer.ts';

const quiet = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  enabled: () => false,
  child: () => quiet,
} as never;

const envelope = (id: string) => ({
  id,
  headers: {},
  body: new Uint8Array(),
  contentType: 'application/json',
  contentEncoding: 'utf-8',
});
const delivery = (id: string): Delivery => ({
  queue: 'q',
  envelope: envelope(id),
  deliveries: 1,
  redelivered: false,
  receipt: id,
});
const record = (taskId: string, state = 'SUCCESS'): ResultRecord => ({
  taskId,
  state,
  final: state === 'SUCCESS',
  payload: new Uint8Array(),
});
const message = (id: string): OutgoingMessage => ({ queue: 'next', envelope: envelope(id) });

/** A store that writes down what it is asked, in order, and can be told to fail. */
function world(options: { together: boolean; fail?: (call: string, attempt: number) => Error | undefined }) {
  const calls: string[] = [];
  const attempts = new Map<string, number>();
  const attempt = (call: string) => {
    const count = (attempts.get(call) ?? 0) + 1;
    attempts.set(call, count);
    const error = options.fail?.(call, count);
    if (error) throw error;
    calls.push(call);
  };
  const describe = (settlement: Settlement) => {
    const { kind, delivery: its } = settlement;
    const followUps =
      settlement.kind === 'done' ? (settlement.followUps ?? []).map((each) => each.envelope.id) : [];
    const records = settlement.kind === 'done' ? (settlement.records ?? []).map((each) => each.taskId) : [];
    return `${kind} ${its.receipt}${followUps.length ? ` +${followUps}` : ''}${records.length ? ` =${records}` : ''}`;
  };
  const consumer = {
    async settle(settlements: readonly Settlement[]) {
      attempt(`settle(${settlements.map(describe).join('; ')})`);
      return settlements
        .filter((each) => each.delivery.receipt.startsWith('lost'))
        .map((each) => each.delivery);
    },
  } as unknown as Consumer;
  const broker = {
    async publish(messages: readonly OutgoingMessage[]) {
      attempt(`publish(${messages.map((each) => each.envelope.id)})`);
    },
  } as Broker;
  const results = {
    async store(records: readonly ResultRecord[]) {
      attempt(`store(${records.map((each) => `${each.taskId}:${each.state}`)})`);
    },
  } as unknown as ResultBackend;
  return {
    calls,
    completer: new Completer({ consumer, broker, results, together: options.together, log: quiet }),
  };
}

const done = (id: string, followUps: OutgoingMessage[] = []) => ({
  records: [record(id)],
  followUps,
  settlement: { kind: 'done', delivery: delivery(id) } as const,
});

test('one store takes record, follow-ups and acknowledgement in one write, many at once', async () => {
  const { calls, completer } = world({ together: true });
  completer.add(done('a', [message('n')]));
  completer.add(done('b'));
  await completer.flush();
  assert.deepEqual(calls, ['settle(done a +n =a; done b =b)']);
});

test('two stores: the records first, then follow-ups with the acknowledgement', async () => {
  const { calls, completer } = world({ together: false });
  completer.add(done('a', [message('n')]));
  completer.add(done('b'));
  await completer.flush();
  assert.deepEqual(calls, ['store(a:SUCCESS,b:SUCCESS)', 'settle(done a +n; done b)']);
});

test('what was acknowledged before is stored and sent', async () => {
  const { calls, completer } = world({ together: true });
  completer.add({ records: [record('a')], followUps: [message('n')] });
  await completer.flush();
  assert.deepEqual(calls, ['store(a:SUCCESS)', 'publish(n)']);
});

test('states of one task keep their order over batches', async () => {
  const { calls, completer } = world({ together: false });
  completer.add({ records: [record('a', 'STARTED')], followUps: [] });
  completer.add({ records: [record('a', 'PROGRESS')], followUps: [] });
  await completer.flush();
  completer.add(done('a'));
  await completer.flush();
  assert.deepEqual(calls, ['store(a:STARTED,a:PROGRESS)', 'store(a:SUCCESS)', 'settle(done a)']);
});

test('while the service is away it tries again, and nothing is lost', async () => {
  const away = new DriverError('unavailable', 'away');
  const { calls, completer } = world({
    together: true,
    fail: (_, attempt) => (attempt < 3 ? away : undefined),
  });
  let settled: boolean | undefined;
  completer.add({
    ...done('a'),
    onSettled: (lost) => {
      settled = !lost;
    },
  });
  await completer.flush();
  assert.deepEqual(calls, ['settle(done a =a)']);
  assert.equal(settled, true);
});

test('one that the store refuses for good spoils no other, and goes back counted', async () => {
  const tooBig = new DriverError('refused', 'too big');
  const { calls, completer } = world({
    together: true,
    fail: (call) => (call.includes('done bad') ? tooBig : undefined),
  });
  const lost: string[] = [];
  for (const id of ['a', 'bad', 'c'])
    completer.add({
      ...done(id),
      onSettled: (gone) => {
        if (gone) lost.push(id);
      },
    });
  await completer.flush();
  assert.deepEqual(calls, ['settle(done a =a)', 'settle(release bad)', 'settle(done c =c)']);
  assert.deepEqual(lost, ['bad']);
});

test('whoever waits learns that the lease was gone', async () => {
  const { completer } = world({ together: true });
  const answers: boolean[] = [];
  completer.add({ ...done('lost-1'), onSettled: (lost) => answers.push(lost) });
  completer.add({ ...done('b'), onSettled: (lost) => answers.push(lost) });
  await completer.flush();
  assert.deepEqual(answers, [true, false]);
});
