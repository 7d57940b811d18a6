import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { driver as factory } from '@lovage/amqp';
import { DriverError } from '@lovage/contracts';
import { freePort } from '../../../tools/services/ports.ts';
import { type RabbitmqServer, requireService, startRabbitmq } from '../../../tools/services.ts';
import { openDriver } from './worlds.ts';

const refusal = (pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof DriverError, String(error));
  assert.equal(error.code, 'refused');
  assert.match(error.message, pattern);
  assert.doesNotMatch(error.message, /hunter2/);
  return true;
};

describe('amqp: URLs and options', () => {
  const create = (url: string, transport: Record<string, unknown> = {}) => factory.create(url, { transport });

  test('the password is in no label', () => {
    assert.equal(create('amqp://user:hunter2@host:5672/vhost').label, 'amqp://user:**@host:5672/vhost');
  });

  test('what cannot be used is refused, with what would be right', () => {
    const bad: readonly (readonly [string, Record<string, unknown>, RegExp])[] = [
      ['amqp://user:hunter2@host//?heartbeet=3', {}, /did you mean 'heartbeat'/],
      ['amqp://user:hunter2@host//?heartbeat=x', {}, /number of seconds/],
      ['amqp://user:hunter2@host//?ssl_cert_reqs=none', {}, /amqps/],
      ['amqps://user:hunter2@host//', { ssl_ca_certs: '/no/such/file' }, /cannot read \/no\/such\/file/],
      ['amqp://host', { queue_max_priority: 0 }, /from 1 to 255/],
      ['amqp://host', { queue_type: 'stream' }, /classic, quorum/],
      ['amqp://host', { queue_type: 'quorum', queue_max_priority: 9 }, /classic queues/],
      ['amqp://host', { confirm_publish: false }, /only be true/],
      ['amqp://host', { queue_max_priorty: 3 }, /did you mean 'queue_max_priority'/],
      ['amqp://host', { max_retries: 3 }, /cannot be honoured/],
    ];
    for (const [url, transport, pattern] of bad)
      assert.throws(() => create(url, transport), refusal(pattern));
  });

  test('None of Python leaves an option as it is', () => {
    create('amqp://host', { queue_max_priority: null, confirm_publish: true });
  });
});

describe('amqp: connecting', { skip: requireService('rabbitmq', { control: true }) }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'lovage-tls-'));
  let server: RabbitmqServer;
  before(async () => {
    server = await startRabbitmq({ control: true, tls: makeCertificate(folder) });
  });
  after(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('a wrong password is refused at once, and so is a vhost that does not exist', async () => {
    for (const [path, pattern] of [
      [`user:hunter2@127.0.0.1:${server.port}//`, /403|ACCESS/],
      [`guest:guest@127.0.0.1:${server.port}/nowhere`, /the vhost does not exist/],
    ] as const) {
      await using open = openDriver(`amqp://${path}`);
      await assert.rejects(open.driver.open(), refusal(pattern));
    }
  });

  test('of alternatives the first that answers is taken', async () => {
    const closed = await freePort();
    await using open = openDriver(`amqp://guest:guest@127.0.0.1:${closed}//;amqp://127.0.0.1:${server.port}`);
    await open.driver.ping();
  });

  test('the certificate of the server is verified', async () => {
    const url = `amqps://guest:guest@localhost:${server.tlsPort}//`;
    await using strange = openDriver(url);
    await assert.rejects(strange.driver.open(), refusal(/certificate/i));
    await using known = openDriver(url, { transport: { ssl_ca_certs: join(folder, 'cert.pem') } });
    await known.driver.ping();
    await using misnamed = openDriver(`amqps://127.0.0.1:${server.tlsPort}`, {
      transport: { ssl_ca_certs: join(folder, 'cert.pem') },
    });
    await assert.rejects(misnamed.driver.open(), refusal(/IP|altname/i));
    await using trusting = openDriver(`${url}?ssl_cert_reqs=none`);
    await trusting.driver.ping();
    assert.ok(
      trusting.logged.some((line) => line.includes('not verified')),
      'it is warned of',
    );
  });
});

function makeCertificate(folder: string) {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'],
      ...['-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert],
    ],
    { stdio: 'ignore' },
  );
  return { ca: cert, cert, key };
}
