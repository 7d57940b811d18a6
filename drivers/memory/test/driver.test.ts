import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DriverError } from '@lovage/contracts';
import { driver } from '@lovage/memory';

suite('memory driver', () => {
  test('drivers of one name share, others do not', async () => {
    const name = crypto.randomUUID();
    const [a, b, other] = [`memory://${name}`, `memory://${name}//`, `memory://${name}2`].map((url) =>
      driver.create(url, {}),
    );
    const envelope = { id: '1', headers: {}, body: new Uint8Array(), contentType: '', contentEncoding: '' };
    await a!.broker!().publish([{ queue: 'q', envelope }]);
    assert.equal((await b!.broker!().depth(['q']))[0]!.ready, 1);
    assert.equal((await other!.broker!().depth(['q']))[0]!.ready, 0);
    await a!.close();
    await a!.close();
    assert.equal((await b!.broker!().depth(['q']))[0]!.ready, 1);
  });

  test('a role is one object, and closes with its driver', async () => {
    const memory = driver.create(`memory://${crypto.randomUUID()}`, {});
    const broker = memory.broker!();
    assert.equal(memory.broker!(), broker);
    await memory.open();
    await memory.ping();
    await memory.close();
    for (const call of [
      () => broker.depth(['q']),
      () => memory.ping(),
      () => memory.open(),
      async () => memory.locks!(),
    ])
      await assert.rejects(call, (error) => error instanceof DriverError && error.code === 'closed');
  });

  for (const url of [
    'memory://name:1',
    'memory://name/path',
    'memory://name?x=1',
    'memory://:secret@name',
    'memory://a;memory://b',
  ])
    test(`refuses ${url}`, () => {
      assert.throws(
        () => driver.create(url, {}),
        (error) =>
          error instanceof DriverError && error.code === 'refused' && !error.message.includes('secret'),
      );
    });

  test('says which transport options it does not use', () => {
    const said: string[] = [];
    driver.create(`memory://${crypto.randomUUID()}`, {
      transport: { visibility_timeout: 5 },
      log: (level, message) => said.push(`${level}: ${message}`),
    });
    assert.equal(said.length, 1);
    assert.match(said[0]!, /^warn: .*visibility_timeout/);
  });
});
