import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DriverError } from '@lovage/contracts';
import { filledText, oneOf, readTls, splitTls, unknownName } from '@lovage/contracts/kit';

const refusal = (message: RegExp) => (error: unknown) =>
  error instanceof DriverError && error.code === 'refused' && message.test(error.message);

suite('TLS options', () => {
  const warned: string[] = [];
  const host = {
    warn: (message: string) => void warned.push(message),
    readFile(path: string): string {
      if (path === '/gone.pem') throw Object.assign(new Error('gone'), { code: 'ENOENT' });
      return `content of ${path}`;
    },
  };

  test('a server is verified, its name too, and files are read', () => {
    assert.deepEqual(readTls({ ssl_ca_certs: '/ca.pem', ssl_keyfile: null }, host), {
      rejectUnauthorized: true,
      ca: 'content of /ca.pem',
    });
    assert.deepEqual(warned, []);
  });

  test('who does not want that says so, and is warned where nobody is verified', () => {
    const { checkServerIdentity, ...named } = readTls({ ssl_check_hostname: 'False' }, host);
    assert.deepEqual([named, checkServerIdentity?.()], [{ rejectUnauthorized: true }, undefined]);
    assert.deepEqual(warned, []);
    assert.equal(readTls({ ssl_cert_reqs: 'CERT_NONE' }, host).rejectUnauthorized, false);
    assert.match(warned.join(), /^ssl_cert_reqs=none: whoever answers is trusted/);
  });

  test('what cannot be meant is refused with what can', () => {
    assert.throws(() => readTls({ ssl_cert_reqs: 'optional' }, host), refusal(/take 'required' or 'none'/));
    assert.throws(() => readTls({ ssl_cert_reqs: 'yes' }, host), refusal(/must be one of required, /));
    assert.throws(() => readTls({ ssl_ca_certs: 7 }, host), refusal(/the path of a PEM file/));
    assert.throws(
      () => readTls({ ssl_ca_certs: '/gone.pem' }, host),
      refusal(/cannot read \/gone\.pem \(ENOENT\)/),
    );
  });

  test('they are told from the others', () => {
    assert.deepEqual(splitTls({ ssl_certfile: 'a', sep: ':' }), {
      ssl: { ssl_certfile: 'a' },
      rest: { sep: ':' },
    });
  });
});

test('values that will not do are refused by the name of their option', () => {
  assert.equal(oneOf('a', 'letter', ['a', 'b']), 'a');
  assert.throws(() => oneOf('c', 'letter', ['a', 'b']), refusal(/^letter must be one of a, b$/));
  assert.throws(
    () => filledText('', 'client_name'),
    refusal(/^client_name must be a string that is not empty$/),
  );
  assert.match(
    unknownName('option', 'hartbeat', ['heartbeat']).message,
    /^unknown option 'hartbeat'; did you mean 'heartbeat'\?$/,
  );
});
