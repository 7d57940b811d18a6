import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Lovage, TaskError } from 'lovage';
import { requireService, startRabbitmq } from '../../tools/services.ts';
import type { Peer, PythonWorker } from '../python.ts';
import { python, pythonWorker } from '../python.ts';
import { celeryCli } from '../python-cli.ts';
import { until } from '../watching.ts';

const skip = requireService('rabbitmq') || requireService('celery-amqp');
const NODE = 'ours@host1';
const MOST_URGENT = 10;
/** In Python, queues are declared with priorities only where this is set. */
const PRIORITIES = `app.conf.task_queue_max_priority = ${MOST_URGENT}\n`;

/** Nothing but RabbitMQ: results travel to who asked, as rpc:// has it. */
describe('beside Celery on RabbitMQ, results by rpc://', { skip, timeout: 240_000 }, () => {
  let rabbit: Awaited<ReturnType<typeof startRabbitmq>>;
  let app: Lovage;
  let ours: Awaited<ReturnType<Lovage['worker']>>;
  let theirs: PythonWorker;
  let peer: Peer;
  const urgent = (): Lovage =>
    new Lovage('urgent', {
      brokerUrl: peer.broker,
      brokerTransportOptions: { queue_max_priority: MOST_URGENT },
      resultBackend: 'rpc://',
      lovageJsonTyped: false,
      lovageLogLevel: 'silent',
    });

  before(async () => {
    rabbit = await startRabbitmq();
    peer = { broker: rabbit.url, backend: 'rpc://' };
    app = new Lovage('interop', {
      brokerUrl: peer.broker,
      resultBackend: peer.backend,
      lovageJsonTyped: false,
      workerSendTaskEvents: true,
      lovageLogLevel: 'silent',
    });
    app.task('ts.add', (x: number, y: number) => x + y);
    app.task('ts.fail', (): null => {
      throw new RangeError('from here');
    });
    ours = await app.worker({
      queues: ['ours'],
      hostname: NODE,
      concurrency: 2,
      withoutMingle: true,
    });
    theirs = await pythonWorker(peer, '-E');
  });
  after(async () => {
    await ours?.stop();
    await app?.close();
    await theirs?.stop();
    await rabbit?.stop();
  });

  test('their results come to us, values, failures and progress', async () => {
    const call = async (name: string, ...args: unknown[]) =>
      (await app.sendTask(name, { args })).get({ timeout: 60 });
    assert.equal(await call('py.add', 2, 3), 5);
    await assert.rejects(call('py.fail', 'broken'), (error) => {
      assert.ok(error instanceof TaskError);
      assert.deepEqual([error.type, error.message], ['ValueError', 'broken']);
      return true;
    });
    // Integers of every length.
    const headers = { x_trace: [1, -1, 127, 128, 300, -300, 32_767, 32_768, 2 ** 31, 2 ** 40] };
    const limited = await app.sendTask('py.request', { timeLimit: 300, softTimeLimit: 200, headers });
    const seen = (await limited.get({ timeout: 60 })) as { timelimit: number[]; custom: number[] };
    assert.deepEqual([seen.timelimit, seen.custom], [[300, 200], headers.x_trace]);
    const sent = await Promise.all(
      Array.from({ length: 20 }, (_, n) => app.sendTask('py.add', { args: [n, n] })),
    );
    const got = await Promise.all(sent.map((result) => result.get({ timeout: 60 })));
    assert.deepEqual(
      got,
      Array.from({ length: 20 }, (_, n) => 2 * n),
    );
  });

  test('our results come to them', async () => {
    const answer = await python<{ value: number; failed: { type: string; text: string } }>(
      peer,
      `
answer = {
    'value': outcome(send('ts.add', 2, 3, queue='ours'), timeout=60)['value'],
    'failed': outcome(send('ts.fail', queue='ours'), timeout=60),
}`,
    );
    assert.equal(answer.value, 5);
    assert.match(answer.failed.text, /from here/);
  });

  test('urgent first: what Python sends, and what we send, to a queue with priorities', async () => {
    const client = urgent();
    const order: number[] = [];
    client.task('ts.note', (n: number) => order.push(n));
    // Declared by us before anybody sends; Python declares it alike.
    const { broker } = await client.drivers();
    await broker.declare([{ name: 'urgent' }]);
    await python(
      peer,
      `${PRIORITIES}
for n in (1, 9, 5):
    send('ts.note', n, queue='urgent', priority=n)`,
    );
    for (const n of [2, 8]) await client.sendTask('ts.note', { args: [n], queue: 'urgent', priority: n });
    const worker = await client.worker({
      queues: ['urgent'],
      concurrency: 1,
      prefetchMultiplier: 1,
      withoutMingle: true,
    });
    await until('all have run', () => order.length === 5);
    await worker.stop();
    await client.close();
    assert.deepEqual(order, [9, 8, 5, 2, 1]);
  });

  test('each hears what the other’s tasks go through', async () => {
    const heard = new Map<string, string[]>();
    await using _ = await app.events.receiver({
      onEvent: (event) => {
        const id = String(event['uuid'] ?? '');
        heard.set(id, [...(heard.get(id) ?? []), event.type]);
      },
    });
    const there = await app.sendTask('py.add', { args: [1, 1] });
    const here = await app.sendTask('ts.add', { args: [1, 1], queue: 'ours' });
    for (const { id } of [there, here])
      await until('it succeeded', () => heard.get(id)?.includes('task-succeeded') ?? false);
    assert.ok(heard.get(there.id)!.includes('task-started'), String(heard.get(there.id)));

    const theirView = await python<string[]>(
      peer,
      `
seen = []
def hear(event):
    seen.append(event['type'])
    if event['type'] == 'task-succeeded' and event['hostname'] == '${NODE}':
        receiver.should_stop = True
with app.connection_for_read() as connection:
    receiver = app.events.Receiver(connection, handlers={'*': hear})
    consumer = receiver.itercapture(limit=None, timeout=60, wakeup=False)
    # Bound once the consumer is there; then the task is sent.
    next(consumer)
    send('ts.add', 1, 1, queue='ours')
    for _ in consumer:
        pass
answer = seen`,
    );
    for (const type of ['task-received', 'task-started', 'task-succeeded'])
      assert.ok(theirView.includes(type), theirView.join(', '));
  });

  test('Python steers our worker: another queue, a revoke, the queues it has', async () => {
    const said = await celeryCli(peer.broker, 'control', 'add_consumer', 'more', '-d', NODE, '-t', '20');
    assert.match(said.stdout, /OK\s+add consumer more/, said.stderr);
    assert.equal(
      await (await app.sendTask('ts.add', { args: [3, 4], queue: 'more' })).get({ timeout: 60 }),
      7,
    );
    const queues = await celeryCli(peer.broker, 'inspect', 'active_queues', '-d', NODE, '-t', '20');
    assert.match(queues.stdout, /more/, queues.stderr);
    const revoked = await python<{ text: string; state: string }>(
      peer,
      `
app.control.revoke('never', destination=['${NODE}'], reply=True, timeout=20, limit=1)
answer = outcome(send('ts.add', 1, 1, queue='ours', task_id='never'), timeout=60)`,
    );
    assert.equal(revoked.state, 'REVOKED');
  });
});
