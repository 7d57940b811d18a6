import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { Lovage } from 'lovage';
import { type PostgresServer, requireService, startPostgres } from '../../tools/services.ts';
import { KombuTables } from '../kombu-tables.ts';
import { python } from '../python.ts';

const skip = requireService('postgres') || requireService('celery') || requireService('sqlalchemy');

describe("rows of kombu's tables, written by Python and by us", { skip, timeout: 120_000 }, () => {
  let server: PostgresServer;
  let cases = 0;
  let schema: string;
  let engine: string;
  let tables: KombuTables;
  let app: Lovage;

  before(async () => {
    server = await startPostgres();
  });
  after(() => server?.stop());

  const urlIn = (name: string) => `${server.url}?options=-csearch_path%3D${name}`;
  const peer = () => ({ broker: `sqla+${engine}`, backend: 'cache+memory://' });

  async function fresh(name: string): Promise<void> {
    schema = name;
    engine = urlIn(name);
    await using plain = await KombuTables.open(server.url);
    await plain.query(`create schema ${name}`);
    tables = await KombuTables.open(engine);
    app = new Lovage('interop', {
      brokerUrl: `sqla+${engine}`,
      brokerTransportOptions: { schema: `${name}_lovage` },
      lovageJsonTyped: false,
    });
  }

  async function leave(): Promise<void> {
    await app.close();
    await tables[Symbol.asyncDispose]();
  }

  beforeEach(async () => {
    cases += 1;
    await fresh(`rows_${process.pid}_${cases}`);
  });
  afterEach(leave);

  test('the tables are the same, whoever made them', async () => {
    await app.sendTask('py.add', { args: [1, 2] });
    const ours = await tables.definitions(schema);
    await leave();
    await fresh(`${schema}_python`);
    await python(peer(), "send('py.add', 1, 2)");
    assert.deepEqual(ours, await tables.definitions(schema));
    assert.ok(ours.length > 15, ours.join('\n'));
  });

  test('a message is the same row, to the byte', async () => {
    await python(
      peer(),
      `
text = 'é☃𝄞 "quoted", \\\\: \\u007f\\n'
send('py.add', 2, 3)
send('py.echo', text, None, True, 1.5, [1, [2]], kwargs={'unit': 'mg', 'größe': {'a': []}}, shadow=text)
send('py.echo', 'x' * 100000, time_limit=30, soft_time_limit=20, priority=3)
send('py.add', 4, 5, countdown=3600, ignore_result=True, queue='other')
send('py.add', 2 ** 70, 1.0, headers={'x_trace': 't-1', 'x_size': 1.5, 'x_big': 2 ** 70}, queue='other')
send('py.add', 6, 7, compression='gzip', serializer='yaml', queue='other', priority=9)
chain(signature('py.add', (1, 2), app=app), signature('py.add', (3,), app=app)).apply_async()`,
    );
    const { broker } = await app.drivers();
    for (const queue of ['celery', 'other']) {
      const envelopes = await broker.peek(queue, 100);
      await broker.publish(envelopes.map((envelope) => ({ queue, envelope })));
    }
    const tag = /"delivery_tag": "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"/;
    const rows = (await tables.messages()).map(({ id, payload, ...row }) => {
      assert.match(payload, tag);
      return { ...row, payload: payload.replace(tag, '<tag>') };
    });
    for (const queue of ['celery', 'other']) {
      const all = rows.filter((row) => row.queue === queue);
      assert.deepEqual(all.slice(all.length / 2), all.slice(0, all.length / 2));
    }
    assert.equal(rows.length, 14);
    // One sequence for both, whoever draws from it.
    assert.deepEqual(
      (await tables.messages()).map(({ id }) => id),
      Array.from(rows, (_, i) => i + 1),
    );
    const queues = await tables.query('select id, name from kombu_queue order by id');
    assert.deepEqual(queues, [
      { id: 1, name: 'celery' },
      { id: 2, name: 'other' },
    ]);
  });

  test('a claim leaves the same row', async () => {
    await python(peer(), "send('py.add', 1, 1)\nsend('py.add', 2, 2)");
    const before = await tables.messages();
    await python(
      peer(),
      `with app.connection_for_read() as connection:
    with connection.channel() as channel:
        channel._get('celery')`,
    );
    const { broker } = await app.drivers();
    const consumer = await broker.consume({
      consumer: 'c',
      queues: ['celery'],
      prefetch: 1,
      leaseMs: 60_000,
    });
    const [delivery] = await consumer.claim(1, AbortSignal.timeout(30_000));
    assert.equal(delivery?.envelope.headers['argsrepr'], '(2, 2)');
    const [theirs, ours] = await tables.messages();
    const claimed = { visible: false, version: 2 };
    assert.deepEqual(theirs, { ...before[0], ...claimed, timestamp: theirs?.timestamp });
    assert.deepEqual(ours, { ...before[1], ...claimed, timestamp: ours?.timestamp });
    // Local time, as both mean it.
    const apart = Date.parse(`${ours?.timestamp}Z`) - Date.parse(`${theirs?.timestamp}Z`);
    assert.ok(apart > -1000 && apart < 60_000, `${theirs?.timestamp} and ${ours?.timestamp}`);
    // Only ours is held by us.
    const held = await tables.query('select message from lovage_kombu_message_held');
    assert.deepEqual(held, [{ message: ours?.id }]);
  });

  test("what we give back is what Python's own would be, and Python takes it first", async () => {
    await app.sendTask('py.add', { args: [1, 1] });
    await app.sendTask('py.add', { args: [2, 2] });
    const { broker } = await app.drivers();
    const consumer = await broker.consume({
      consumer: 'c',
      queues: ['celery'],
      prefetch: 1,
      leaseMs: 60_000,
    });
    await consumer.claim(1, AbortSignal.timeout(30_000));
    await consumer.close();
    const [back, next] = await tables.messages();
    assert.deepEqual([back?.visible, back?.version, next?.visible], [true, 3, true]);
    const taken = await python<Record<string, unknown>>(
      peer(),
      `with app.connection_for_read() as connection:
    with connection.channel() as channel:
        answer = channel._get('celery')`,
    );
    assert.equal((taken['headers'] as Record<string, unknown>)['argsrepr'], '(1, 1)');
    const properties = taken['properties'] as { readonly delivery_info: object };
    assert.deepEqual(properties.delivery_info, { exchange: '', routing_key: 'celery', redelivered: true });
  });
});
