import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import {
  kombuSchema,
  type PostgresServer,
  postgresSchema,
  requireService,
  startPostgres,
} from '../../../tools/services.ts';
import { emptyStore, lovage } from './lovage.ts';

suite('lovage migrate-db', () => {
  test('says that a store looks after itself', async () => {
    const { code, stdout, stderr } = await lovage(['migrate-db', '-b', emptyStore()]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^sqlite:.*: there is nothing to do, it looks after itself\.\n$/);
  });

  suite('on PostgreSQL', { skip: requireService('postgres') }, () => {
    let server: PostgresServer;
    before(async () => {
      server = await startPostgres();
    });
    after(() => server.stop());

    test('makes the tables, once', async () => {
      const url = postgresSchema(server, `migrate_db_${process.pid}`);
      const first = await lovage(['migrate-db', '-b', url]);
      assert.equal(first.code, 0, first.stderr);
      assert.match(first.stdout, /made the tables \(version \d+\)/);
      const second = await lovage(['migrate-db', '-b', url, '--json']);
      assert.equal(second.code, 0, second.stderr);
      const [{ store, from, to }] = JSON.parse(second.stdout);
      assert.equal(store, url);
      assert.ok(from === to && to > 0, second.stdout);
    });

    test("makes kombu's tables and ours beside them, once", async () => {
      const url = kombuSchema(server, `migrate_kombu_${process.pid}`);
      const first = await lovage(['migrate-db', '-b', url]);
      assert.equal(first.code, 0, first.stderr);
      assert.match(first.stdout, /^sqla\+postgresql:.* made the tables \(version \d+\)/);
      const second = await lovage(['migrate-db', '-b', url]);
      assert.match(second.stdout, /the tables are up to date/);
    });

    test('also of a store that has periodic tasks alone', async () => {
      const url = postgresSchema(server, `migrate_beat_${process.pid}`);
      const env = { LOVAGE_BEAT_URL: url };
      const first = await lovage(['migrate-db', '-b', emptyStore(), '--json'], { env });
      assert.equal(first.code, 0, first.stderr);
      const [broker, beat, ...rest] = JSON.parse(first.stdout);
      assert.match(broker.store, /^sqlite:/);
      assert.deepEqual([beat.store, beat.from, beat.to > 0, rest], [url, 0, true, []]);
      const both = await lovage(['migrate-db', '-b', url, '--json'], { env });
      assert.equal(JSON.parse(both.stdout).length, 1, both.stderr);
    });

    test('fails where there is no server', async () => {
      const { code, stderr } = await lovage(['migrate-db', '-b', 'postgresql://127.0.0.1:1/none']);
      assert.notEqual(code, 0);
      assert.match(stderr, /ECONNREFUSED/);
    });
  });
});
