import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { DriverError } from '@lovage/contracts';
import { driver as factory } from '@lovage/redis';
import { type RedisServer, requireService, startRedis } from '../../../tools/services.ts';
import { startSentinel } from './sentinel.ts';
import { bodyOf, consume, message, openDriver, takeOne, until } from './worlds.ts';

const skip = requireService('redis', { control: true });

function refusal(pattern: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof DriverError, String(error));
    assert.equal(error.code, 'refused');
    assert.match(error.message, pattern);
    return true;
  };
}

describe('redis: URLs and options', () => {
  const create =
    (url: string, transport: Readonly<Record<string, unknown>> = {}) =>
    () =>
      factory.create(url, { transport });

  test('an option that nobody knows is refused, with the nearest name', () => {
    assert.throws(
      create('redis://h', { visibility_timout: 1 }),
      refusal(/'visibility_timout'.*'visibility_timeout'/),
    );
    assert.throws(create('redis://h?virtual_hots=1'), refusal(/'virtual_hots'.*'virtual_host'/));
  });

  test('an option of the wrong kind is refused', () => {
    for (const [option, value] of [
      ['visibility_timeout', '3600'],
      ['priority_steps', [0, 3, 3]],
      ['priority_steps', [3, 6]],
      ['global_keyprefix', 1],
      ['queue_order_strategy', 'random'],
      ['sentinel_kwargs', { pasword: 'x' }],
      ['unacked_restore_limit', 0],
    ] as const) {
      assert.throws(create('redis://h', { [option]: value }), refusal(new RegExp(option)), option);
    }
  });

  test('an option that cannot be honoured is refused, with the reason', () => {
    for (const [option, value] of [
      ['ack_emulation', false],
      ['max_connections', 10],
      ['credential_provider', 'x'],
      ['socket_keepalive_options', {}],
      ['min_other_sentinels', 1],
    ] as const) {
      assert.throws(create('redis://h', { [option]: value }), refusal(new RegExp(`${option} can`)), option);
    }
    assert.doesNotThrow(create('redis://h', { ack_emulation: true, socket_timeout: null }));
  });

  test('a URL that cannot be used is refused, its password hidden', () => {
    for (const url of [
      'redis://:s3cret@h/abc',
      'redis://:s3cret@a;redis://b',
      'redis://:s3cret@h?ssl_cert_reqs=none',
      'rediss://:s3cret@h?ssl_cert_reqs=maybe',
      'rediss://:s3cret@h?ssl_ca_certs=/nowhere.pem',
      'sentinel://:s3cret@h:26379',
      'redis+socket://',
    ]) {
      assert.throws(create(url), (error) => {
        assert.ok(error instanceof DriverError && error.code === 'refused', `${url}: ${error}`);
        assert.doesNotMatch(error.message, /s3cret/);
        return true;
      });
    }
  });

  test('the label hides the password', () => {
    assert.doesNotMatch(factory.create('redis://user:s3cret@h:1/2', {}).label, /s3cret/);
  });
});

describe('redis: connecting', { skip, concurrency: 3 }, () => {
  test('a wrong password is refused, on the first call and on those after, and is not said', async () => {
    await using server = await startRedis({ control: true, args: ['--requirepass', 'right'] });
    await using wrong = openDriver(`redis://:s3cret@127.0.0.1:${server.port}`);
    for (let i = 0; i < 2; i += 1) await assert.rejects(wrong.driver.ping(), refusal(/WRONGPASS/));
    await using none = openDriver(`redis://127.0.0.1:${server.port}`);
    await assert.rejects(consume(none.driver, 'q'), refusal(/NOAUTH/));
    await using right = openDriver(`redis://:right@127.0.0.1:${server.port}`);
    await right.driver.ping();
    assert.doesNotMatch(wrong.logged.join(), /s3cret/);
  });

  test('the database of the URL is used, also for fanout channels', async () => {
    await using server = await startRedis({ control: true });
    await using one = openDriver(`redis://127.0.0.1:${server.port}/1`);
    await using two = openDriver(`redis://127.0.0.1:${server.port}/2`);
    const heard: string[] = [];
    await one.driver.bus().listen('control', (each) => heard.push(String(each.headers['from'])));
    const say = (from: string) => ({ topic: '', headers: { from }, body: Buffer.from('{}') });
    await two.driver.bus().send('control', say('two'));
    await one.driver.bus().send('control', say('one'));
    await until(() => heard.length > 0, 'something is heard');
    assert.deepEqual(heard, ['one']);
  });

  test('a Unix socket will do', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lovage-socket-'));
    await using _server = await startRedis({ control: true, args: ['--unixsocket', join(folder, 's')] });
    await using here = openDriver(`redis+socket://${join(folder, 's')}?virtual_host=3`);
    await here.driver.ping();
    rmSync(folder, { recursive: true });
  });

  test('where CLIENT TRACKING is refused, the consumer looks again and again, and says so once', async () => {
    await using server = await startRedis({ control: true });
    await using admin = openDriver(server.url);
    await admin.driver.ping();
    const { createClient } = await import('@redis/client');
    const raw = createClient({ url: server.url });
    await raw.connect();
    await raw.sendCommand(['ACL', 'SETUSER', 'plain', 'on', '>pw', '~*', '&*', '+@all', '-client|tracking']);
    raw.destroy();
    await using plain = openDriver(`redis://plain:pw@127.0.0.1:${server.port}`);
    const consumer = await consume(plain.driver, 'q');
    for (const body of ['a', 'b']) {
      const waiting = takeOne(consumer);
      await until(() => plain.logged.length > 0, 'it is said');
      await admin.driver.broker().publish([message('q', body)]);
      assert.equal(bodyOf(await waiting), body);
    }
    assert.equal(
      plain.logged.filter((line) => line.includes('CLIENT TRACKING')).length,
      1,
      plain.logged.join('\n'),
    );
  });

  test('Sentinel tells where the primary is, and where it has moved', async () => {
    await using sentinel = await startSentinel();
    const url = `sentinel://127.0.0.1:1;sentinel://127.0.0.1:${sentinel.port}/0`;
    await using here = openDriver(url, { transport: { master_name: 'mymaster' }, timeoutMs: 5_000 });
    const consumer = await consume(here.driver, 'q');
    await here.driver.broker().publish([message('q', 'before')]);
    assert.equal(bodyOf(await takeOne(consumer)), 'before');
    await sentinel.failOver();
    const waiting = takeOne(consumer);
    await here.driver.broker().publish([message('q', 'after')]);
    assert.equal(bodyOf(await waiting), 'after');
    await using wrong = openDriver(url, { transport: { master_name: 'nobody' }, timeoutMs: 300 });
    await assert.rejects(wrong.driver.ping(), /no sentinel of .* knows the primary 'nobody'/);
  });
});

describe('redis: TLS', { skip: skip || (hasOpenssl() ? false : 'openssl is not installed') }, () => {
  let folder: string;
  let server: RedisServer;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lovage-tls-'));
    makeCertificate(folder);
    const file = (name: string) => join(folder, name);
    const tls = [
      '--tls-cert-file',
      file('cert.pem'),
      '--tls-key-file',
      file('key.pem'),
      '--tls-ca-cert-file',
      file('cert.pem'),
    ];
    server = await startRedis({
      control: true,
      args: ['--tls-port', '0', ...tls, '--tls-auth-clients', 'no'],
    });
  });
  after(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('the certificate is verified unless the URL says not to, which is warned of', async () => {
    const port = await enableTls(server);
    const url = `rediss://localhost:${port}/0`;
    await using strict = openDriver(url, { timeoutMs: 1_000 });
    await assert.rejects(strict.driver.ping(), /self-signed certificate/);
    await using trusting = openDriver(`${url}?ssl_ca_certs=${join(folder, 'cert.pem')}`);
    await trusting.driver.ping();
    await using misnamed = openDriver(
      `rediss://127.0.0.1:${port}/0?ssl_ca_certs=${join(folder, 'cert.pem')}`,
      { timeoutMs: 1_000 },
    );
    await assert.rejects(misnamed.driver.ping(), /does not match certificate|altnames/);
    await using careless = openDriver(`${url}?ssl_cert_reqs=none`);
    await careless.driver.ping();
    assert.ok(
      careless.logged.some((line) => /^warn: .*not verified/.test(line)),
      careless.logged.join(),
    );
  });
});

function hasOpenssl(): boolean {
  return spawnSync('openssl', ['version']).status === 0;
}

function makeCertificate(folder: string): void {
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=localhost'],
    ...['-addext', 'subjectAltName=DNS:localhost'],
    ...['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')],
  ]);
  assert.equal(made.status, 0, String(made.stderr));
}

/** The server listens without TLS for its own tools; open a second port with it. */
async function enableTls(server: RedisServer): Promise<number> {
  const { createClient } = await import('@redis/client');
  const raw = createClient({ url: server.url });
  await raw.connect();
  for (let port = server.port + 1; ; port += 1) {
    try {
      await raw.sendCommand(['CONFIG', 'SET', 'tls-port', String(port)]);
      raw.destroy();
      return port;
    } catch (error) {
      if (port > server.port + 20) throw error;
    }
  }
}
