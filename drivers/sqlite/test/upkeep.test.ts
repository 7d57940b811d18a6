import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { migrate } from '../src/migrate.ts';
import { migrations } from '../src/migrations/index.ts';
import { connect } from '../src/node-sqlite.ts';
import { message } from './messages.ts';
import { World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await World.create();
});
afterEach(() => world.dispose());

const count = (table: string): unknown => world.query(`select count(*) as n from ${table}`)[0]?.['n'];

describe('sqlite: a queue is trimmed', () => {
  test('in several steps, and no payload stays behind', async () => {
    const broker = world.open().broker();
    const low = (id: string) => {
      const { queue, envelope } = message('q', id);
      return { queue, envelope: { ...envelope, priority: 1 } };
    };
    await broker.publish(Array.from({ length: 12_500 }, (_, i) => low(`low ${i}`)));
    await broker.publish([message('q', 'unurgent'), message('other', 'theirs')]);
    assert.equal(await broker.trim('q', 3), 12_498);
    assert.deepEqual(
      (await broker.peek('q', 10)).map(({ id }) => id),
      ['low 12497', 'low 12498', 'low 12499'],
    );
    assert.deepEqual([count('ready'), count('messages')], [4, 4]);
  });
});

describe('sqlite: revocations', () => {
  test('a file of the first schema gets their table and keeps what it holds', async () => {
    await mkdir(dirname(world.path), { recursive: true });
    const old = connect(world.path);
    migrate(old, world.path, migrations.slice(0, 1));
    old.exec(`insert into locks (name, owner, until) values ('kept', 'me', 9e12)`);
    old.close();
    const driver = world.open();
    await driver.revocations().add([{ kind: 'id', taskId: 'a', untilMs: Date.now() + 60_000 }]);
    assert.deepEqual([count('revocations'), count('locks')], [1, 1]);
  });

  test('what has ended is removed when something is added', async () => {
    const store = world.open().revocations();
    const end = Date.now() + 100;
    await store.add(['brief', 'short'].map((taskId) => ({ kind: 'id' as const, taskId, untilMs: end })));
    while (Date.now() < end) await new Promise(setImmediate);
    await store.add([{ kind: 'id', taskId: 'more', untilMs: Date.now() + 60_000 }]);
    assert.deepEqual(world.query('select key from revocations'), [{ key: '["more"]' }]);
  });
});
