import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { DriverError } from '@lovage/contracts';
import {
  type Authority,
  certificateAuthority,
  type PostgresServer,
  requireService,
  startPostgres,
} from '../../../tools/services.ts';
import { message } from './messages.ts';
import { World } from './world.ts';

const skip = requireService('postgres', { control: true }) || requireService('openssl');

describe('postgres: TLS', { skip }, () => {
  let folder: string;
  let ours: Authority;
  let another: Authority;
  let server: PostgresServer;
  let plain: PostgresServer;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lovage-tls-'));
    ours = certificateAuthority(folder, 'ours');
    another = certificateAuthority(folder, 'another');
    // `lovage` without a password on this machine, but only over TLS.
    server = await startPostgres({
      control: true,
      tls: ours.issue('server', 'DNS:localhost'),
      access: ['hostssl all lovage 127.0.0.1/32 trust', 'host all all 127.0.0.1/32 reject'],
    });
    plain = await startPostgres({ control: true });
  });
  after(async () => {
    await server?.stop();
    await plain?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const url = (host: string, query: Readonly<Record<string, string>>, port = server.port) =>
    `postgresql://lovage@${host}:${port}/postgres?${new URLSearchParams(query)}`;

  async function refusal(of: string): Promise<string> {
    const world = new World(of);
    const driver = world.open();
    const errors = await Promise.all(
      [driver.ping(), driver.broker().publish([message('q')])].map((call) =>
        call.then(
          () => assert.fail(`${of} was taken`),
          (error: unknown) => error,
        ),
      ),
    );
    await driver.close();
    for (const error of errors)
      assert.ok(error instanceof DriverError && error.code === 'refused', String(error));
    return String(errors[0]);
  }

  for (const sslmode of ['prefer', 'require', 'verify-ca', 'verify-full', undefined]) {
    const mode = sslmode === undefined ? {} : { sslmode };
    const name = sslmode ?? 'no mode but a CA';

    test(`${name}: a server whose CA is named is taken, by all of our connections`, async () => {
      await using world = new World(url('localhost', { ...mode, sslrootcert: ours.ca }));
      const driver = world.open();
      const consumer = await driver
        .broker()
        .consume({ consumer: 'c', queues: ['q'], prefetch: 1, leaseMs: 60_000 });
      const waiting = consumer.claim(1, AbortSignal.timeout(20_000));
      await driver.broker().publish([message('q')]);
      assert.equal((await waiting).length, 1);
      const rows = await world.query<{ ssl: boolean }>(
        `select ssl from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'lovage'`,
      );
      assert.ok(rows.length >= 2, 'who listens, and who asks');
      assert.deepEqual([...new Set(rows.map((row) => row.ssl))], [true]);
      assert.doesNotMatch(world.logged.join('\n'), /not verified/);
    });

    test(`${name}: another CA, or another host's certificate, is refused`, async () => {
      assert.match(
        await refusal(url('localhost', { ...mode, sslrootcert: another.ca })),
        /its CA is not known here: name the CA's file in sslrootcert/,
      );
      assert.match(
        await refusal(url('127.0.0.1', { ...mode, sslrootcert: ours.ca })),
        /127\.0\.0\.1.*certificate is for another host/,
      );
    });
  }

  test('a CA that nobody named is not trusted', async () => {
    assert.match(
      await refusal(url('localhost', { sslmode: 'require' })),
      /name the CA's file in sslrootcert/,
    );
  });

  test('no-verify takes anybody, and is warned of once', async () => {
    await using world = new World(url('127.0.0.1', { sslmode: 'no-verify' }));
    await world.open().ping();
    assert.equal(world.logged.filter((line) => /^warn: .*not verified/.test(line)).length, 1);
  });

  test('with uselibpqcompat the modes mean what they mean in libpq', async () => {
    const libpq = { uselibpqcompat: 'true' };
    await using world = new World(url('127.0.0.1', { ...libpq, sslmode: 'verify-ca', sslrootcert: ours.ca }));
    await world.open().ping();
    await using careless = new World(url('127.0.0.1', { ...libpq, sslmode: 'require' }));
    await careless.open().ping();
    assert.match(careless.logged.join('\n'), /not verified/);
    assert.match(
      await refusal(url('localhost', { ...libpq, sslmode: 'verify-ca', sslrootcert: another.ca })),
      /its CA is not known here/,
    );
  });

  test('who asks for TLS never goes without', async () => {
    for (const sslmode of ['prefer', 'require', 'no-verify']) {
      assert.match(await refusal(url('localhost', { sslmode }, plain.port)), /it has ssl = off/, sslmode);
    }
  });

  test('a server that wants TLS says so to who comes without', async () => {
    assert.match(await refusal(url('127.0.0.1', { sslmode: 'disable' })), /(no encryption|SSL off).*sslmode/);
  });
});
