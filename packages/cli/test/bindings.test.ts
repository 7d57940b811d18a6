import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, suite, test } from 'node:test';
import { PYTHON, type RedisServer, requireService, startRedis } from '../../../tools/services.ts';
import { emptyStore, fixture, lovage } from './lovage.ts';

const QUIET = ['-A', fixture('quiet.ts')];

/** Declares a topic exchange as an app in Python would, and a queue on it. */
const DECLARE = `
import sys
from kombu import Connection, Exchange, Queue
with Connection(sys.argv[1]) as connection:
    Queue('images', Exchange('media', type='topic'), routing_key='images.*')(connection.default_channel).declare()
`;

async function bindings(url: string): Promise<unknown> {
  const { code, stdout, stderr } = await lovage(['list', 'bindings', '--json', ...QUIET, '-b', url]);
  assert.deepEqual([code, stderr], [0, '']);
  return JSON.parse(stdout);
}

test('list bindings: without exchanges, each queue of the app by its name', async () => {
  const { stdout } = await lovage(['list', 'bindings', ...QUIET, '-b', emptyStore()]);
  assert.equal(
    stdout,
    [
      'Queue                Exchange   Routing Key',
      '───────────────────────────────────────────────────',
      'fast                 (default)  fast',
      'bulk                 (default)  bulk',
      'lovage.quarantine    (default)  lovage.quarantine',
      'lovage.dead-letters  (default)  lovage.dead-letters',
      '',
    ].join('\n'),
  );
});

suite('list bindings on Redis', { skip: requireService('redis') || requireService('celery') }, () => {
  let server: RedisServer;
  before(async () => {
    server = await startRedis({ control: true });
  });
  after(() => server.stop());

  test("shows kombu's, those of Python too, and what the app will bind", async () => {
    const url = `redis://127.0.0.1:${server.port}/0`;
    execFileSync(PYTHON, ['-c', DECLARE, url]);
    const own = (queue: string) => ({ queue, exchange: queue, routing_key: queue });
    const media = { queue: 'images', exchange: 'media', routing_key: 'images.*' };
    assert.deepEqual(await bindings(url), [
      media,
      own('fast'),
      own('bulk'),
      own('lovage.quarantine'),
      own('lovage.dead-letters'),
    ]);
    await lovage(['call', 'a.b', '--queue', 'bulk', ...QUIET, '-b', url]);
    assert.deepEqual(await bindings(url), [
      own('bulk'),
      media,
      own('fast'),
      own('lovage.quarantine'),
      own('lovage.dead-letters'),
    ]);
  });
});
