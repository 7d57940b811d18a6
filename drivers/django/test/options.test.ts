import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { DriverError } from '@lovage/contracts';
import { requireService } from '../../../tools/services.ts';
import { record } from './records.ts';
import { type Kind, SCHEMES, stopSharedServer, World } from './world.ts';

const skip = requireService('postgres') || requireService('django');

after(stopSharedServer);

const refused = (pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof DriverError, String(error));
  assert.equal(error.code, 'refused');
  assert.match(error.message, pattern);
  return true;
};

describe("python's tables: URLs and options", { skip }, () => {
  test('a URL without a database, or with an option that nobody knows, is refused', async () => {
    for (const kind of Object.keys(SCHEMES) as Kind[]) {
      await using world = await World.create(kind);
      const create = (url: string) => () => world.open({}, url);
      assert.throws(
        create(`${SCHEMES[kind]}://`),
        refused(/names no database: write it as d[a-z-]*\+postgresql:\/\/user/),
      );
      assert.throws(create(`${world.url}?schemas=x`), refused(/Did you mean schema\?/));
    }
  });

  test('a file of the URL that cannot be read is refused, and it is told that nobody verifies the server', async () => {
    for (const kind of Object.keys(SCHEMES) as Kind[]) {
      await using world = await World.create(kind);
      const missing = `${world.url}?sslmode=verify-full&sslrootcert=/nowhere.pem`;
      assert.throws(
        () => world.open({}, missing),
        refused(/cannot use the URL d[a-z-]*\+postgresql:.*nowhere\.pem/),
      );
      world.open({}, `${world.url}?sslmode=no-verify`);
      assert.match(world.logged.join('\n'), /^warn: .*the certificate of the server is not verified/m);
    }
  });

  test('every spelling of the schemes works', async () => {
    await using django = await World.create('django');
    await using celery = await World.create('sqlalchemy');
    for (const [world, schemes] of [
      [django, ['django-db', 'django-db+postgresql', 'django-db+postgres']],
      [celery, ['db+postgresql', 'db+postgresql+psycopg2', 'db+postgresql+psycopg', 'db+postgresql+pg8000']],
    ] as const) {
      for (const scheme of schemes) {
        const driver = world.open({}, world.plainUrl.replace('postgresql', scheme));
        await driver.ping();
        assert.equal(driver.name, world === django ? 'django' : 'celery-sql');
      }
    }
  });

  test('who only keeps and reads results makes no tables of ours', async () => {
    await using world = await World.create('django');
    const driver = world.open();
    await driver.results().store([record('a')]);
    await driver.results().fetch(['a']);
    const schemas = "select 1 from pg_namespace where nspname = 'lovage'";
    assert.deepEqual(await world.query(schemas), []);
    await driver.results().chords!.review(0, 1);
    assert.equal((await world.query(schemas)).length, 1);
    const { from, to } = await driver.migrate!();
    assert.equal(from, to);
  });
});
