import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { type PgBouncer, requireService, startPgBouncer } from '../../../tools/services.ts';
import { sitExams } from './exams.ts';
import { sharedServer, stopSharedServer, World } from './world.ts';

/** PgBouncer in transaction mode: the same exams, though nothing may be left in a session, and nobody can listen. */
describe('postgres behind a pooler', { skip: requireService('pgbouncer') }, () => {
  let bouncer: Promise<PgBouncer> | undefined;
  const create = async () => {
    const server = await sharedServer();
    bouncer ??= startPgBouncer(server);
    return new World((await bouncer).url, server.url);
  };
  after(async () => {
    await (await bouncer)?.stop();
    await stopSharedServer();
  });

  sitExams('postgres behind a pooler', create);

  test('it is recognised, and said once; a server itself is not taken for one', async () => {
    await using world = await create();
    const driver = world.open();
    await Promise.all([driver.broker().depth(['q']), driver.results().fetch(['t']), driver.ping()]);
    await driver.bus().listen('control', () => {});
    assert.equal(world.logged.filter((line) => /a pooler stands in between/.test(line)).length, 1);

    await using direct = await World.create();
    await direct.open().open();
    assert.doesNotMatch(direct.logged.join(), /pooler/);
  });
});
