import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { driver as redis } from '@lovage/redis';
import { redisDatabase, requireService, startRedis } from '../../tools/services.ts';
import { type Peer, type PythonWorker, python, pythonWorker } from '../python.ts';

const skip = requireService('redis') || requireService('celery');

/** What Celery's own tools say of a broker that holds our keys. */
const LOOK = `
replies = app.control.inspect(timeout=5).ping()
with app.connection_for_write() as connection:
    purged = connection.default_channel.queue_purge('celery')
answer = {
    'sum': send('py.add', 2, 3).get(timeout=20),
    'workers': len(replies),
    'purged': purged,
}
`;

describe('revocations and a trimmed quarantine beside a Python worker', { skip }, () => {
  let server: Awaited<ReturnType<typeof startRedis>>;
  let worker: PythonWorker;
  let peer: Peer;

  before(async () => {
    server = await startRedis();
    const broker = redisDatabase(server, 0);
    peer = { broker, backend: broker };
  });
  after(async () => {
    await worker?.stop();
    await server?.stop();
  });

  test('it serves, answers and purges as ever, and leaves our keys alone', async () => {
    const ours = redis.create(peer.broker, {});
    const [store, broker] = [ours.revocations!(), ours.broker!()];
    const untilMs = Date.now() + 600_000;
    await store.add([
      { kind: 'id', taskId: 'gone', untilMs },
      { kind: 'stamp', header: 'tenant', value: 'acme', untilMs },
    ]);
    const envelope = {
      ...{ id: 'q', headers: {}, body: Buffer.from('x') },
      ...{ contentType: 'application/json', contentEncoding: 'utf-8' },
    };
    const kept = { queue: 'lovage.quarantine', envelope };
    await broker.publish([kept, kept, kept]);
    await broker.trim('lovage.quarantine', 2);

    worker = await pythonWorker(peer);
    assert.deepEqual(await python(peer, LOOK), { sum: 5, workers: 1, purged: 0 });
    assert.equal((await store.since()).revocations.length, 2);
    assert.equal((await broker.depth(['lovage.quarantine']))[0]?.ready, 2);
    assert.deepEqual(
      worker.log.filter((line) => /error|traceback/i.test(line)),
      [],
    );
    await ours.close();
  });
});
