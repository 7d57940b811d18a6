import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DriverError, type DriverOptions } from '@lovage/contracts';
import { driver } from '@lovage/postgres';
import { readOptions } from '../src/options.ts';

function refusal(pattern: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof DriverError, String(error));
    assert.equal(error.code, 'refused');
    assert.match(error.message, pattern);
    return true;
  };
}

const create =
  (url: string, options: DriverOptions = {}) =>
  () =>
    driver.create(url, options);

describe('postgres: URLs and options', () => {
  test('an option that nobody knows is refused, with the nearest name', () => {
    assert.throws(create('postgresql://h/d?schemas=x'), refusal(/schemas.*Did you mean schema\?/));
    assert.throws(create('postgresql://h/d?sslmod=require'), refusal(/sslmod.*Did you mean sslmode\?/));
    assert.throws(
      create('postgresql://h/d', { transport: { pol_size: 3 } }),
      refusal(/Did you mean pool_size\?/),
    );
    // What `pg` reads in a URL is no option of ours elsewhere.
    assert.throws(create('postgresql://h/d', { transport: { sslmode: 'x' } }), refusal(/no option sslmode/));
  });

  test('an option of the wrong kind is refused', () => {
    assert.throws(
      create('postgresql://h/d?sslmode=verify_full'),
      refusal(/sslmode is verify_full: it must be .*Did you mean verify-full\?/),
    );
    for (const query of [
      'schema=Lovage',
      'schema=pg_lovage',
      'schema=a;drop',
      `schema=${'x'.repeat(32)}`,
      'pool_size=0',
      'pool_size=1.5',
      'pool_size=',
      'pooler=maybe',
      'polling_interval=0',
      'polling_interval=61',
      'channel_binding=yes',
    ]) {
      const name = query.slice(0, query.indexOf('='));
      assert.throws(create(`postgresql://h/d?${query}`), refusal(new RegExp(`${name} is .*must be`)), query);
    }
  });

  test('one driver keeps broker and results in one schema', () => {
    assert.throws(
      create('postgresql://h/d', { transport: { schema: 'a' }, resultTransport: { schema: 'b' } }),
      refusal(/schema is b for results and a for the broker/),
    );
    assert.doesNotThrow(create('postgresql://h/d', { transport: { schema: 'a' }, resultTransport: {} }));
  });

  test('the query goes over the transport options, and what is not ours goes on', () => {
    const transport = { schema: 'one', pool_size: 7 };
    const { options, connectionString, channelBinding } = readOptions(
      'postgres://u:p@h:1/d?schema=two&sslmode=no-verify&polling_interval=0.5&pgbouncer=true&channel_binding=require',
      { transport },
    );
    assert.equal(options.schema, 'two');
    assert.equal(options.poolSize, 7);
    assert.equal(options.pollMs, 500);
    assert.equal(options.pooler, true);
    assert.equal(channelBinding, true);
    assert.equal(connectionString, 'postgres://u:p@h:1/d?sslmode=no-verify');
  });

  test('a URL that cannot be used is refused, its password hidden', () => {
    for (const url of [
      'postgresql://u:s3cret@h/d?sslrootcert=/nowhere.pem',
      'postgresql://u:s3cret@h:port/d',
      'postgresql://u:s3cret@h/d?sslnegotiation=maybe',
    ]) {
      assert.throws(create(url), (error) => {
        assert.ok(error instanceof DriverError && error.code === 'refused', `${url}: ${error}`);
        assert.doesNotMatch(error.message, /s3cret/);
        return true;
      });
    }
  });

  test('the label hides the password', () => {
    const { label } = driver.create('postgresql://user:s3cret@h:1/d?schema=x', {});
    assert.equal(label, 'postgresql://user:**@h:1/d?schema=x');
  });
});
