import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ask } from '../../tools/services/ports.ts';
import {
  requireService,
  startPostgres,
  startProxy,
  startRabbitmq,
  startRedis,
} from '../../tools/services.ts';

const services = fileURLToPath(new URL('../../tools/services.ts', import.meta.url));
const skip = requireService('redis', { control: true });

/** A program that imports the services. */
function program(body: string, env: Record<string, string | undefined> = {}) {
  const source = `import * as services from ${JSON.stringify(services)};\n${body}`;
  return [
    process.execPath,
    ['--input-type=module', '--eval', source],
    { env: { ...process.env, ...env } },
  ] as const;
}

async function eventually(holds: () => Promise<boolean>, what: string): Promise<void> {
  for (const until = Date.now() + 5000; !(await holds()); await sleep(20))
    assert.ok(Date.now() < until, `waited too long until ${what}`);
}

async function isGone(port: number): Promise<boolean> {
  return ask(port, 'PING\r\n').then(
    () => false,
    () => true,
  );
}

suite('private redis', { skip, concurrency: 2 }, () => {
  test('answers, keeps its data over a crash, and loses it when told to', async () => {
    await using redis = await startRedis({ appendonly: true, control: true });
    assert.match(await ask(redis.port, 'SET a 1\r\n'), /OK/);
    await redis.kill();
    assert.equal(await isGone(redis.port), true);
    await redis.restart();
    assert.match(await ask(redis.port, 'GET a\r\n'), /1/);
    await redis.restart({ keepData: false });
    assert.match(await ask(redis.port, 'GET a\r\n'), /^\$-1/);
    await redis.stop();
    await redis.stop();
    assert.equal(await isGone(redis.port), true);
    await assert.rejects(redis.restart(), /was stopped/);
  });

  test('says in the words of its log why it did not start', async () => {
    await assert.rejects(startRedis({ control: true, args: ['--no-such-option', '1'] }), /no-such-option/);
  });

  test('does not outlive its process, however that ends', async () => {
    const [path, args, options] = program(
      `const redis = await services.startRedis({ control: true });
       process.stdout.write(String(redis.port)); setInterval(() => {}, 1000);`,
    );
    const child = spawn(path, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
    const [port] = await once(child.stdout, 'data');
    assert.equal(await isGone(Number(port)), false);
    child.kill('SIGKILL');
    await eventually(() => isGone(Number(port)), 'the server has gone');
  });

  test('does not keep its process alive', () => {
    const [path, args, options] = program('await services.startRedis({ control: true });');
    const { status } = spawnSync(path, args, { ...options, timeout: 60_000 });
    assert.equal(status, 0);
  });
});

/** What a server of PostgreSQL answers to the question whether it speaks TLS. */
const isUp = (port: number) =>
  ask(port, Buffer.from([0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f])).then(
    (answer) => /^[NS]/.test(answer),
    () => false,
  );

suite('private postgres', { skip: requireService('postgres', { control: true }) }, () => {
  test('answers, and comes back on its port after a crash', async () => {
    await using postgres = await startPostgres({ control: true });
    assert.equal(await isUp(postgres.port), true);
    await postgres.kill();
    assert.equal(await isUp(postgres.port), false);
    await postgres.restart();
    assert.equal(await isUp(postgres.port), true);
    await postgres.stop();
    await postgres.stop();
    assert.equal(await isUp(postgres.port), false);
    await assert.rejects(postgres.restart(), /was stopped/);
  });

  test('says in the words of its log why it did not start', async () => {
    await assert.rejects(
      startPostgres({ control: true, settings: { no_such_option: '1' } }),
      /no_such_option/,
    );
  });

  test('does not outlive its process, however that ends', async () => {
    const [path, args, options] = program(
      `const postgres = await services.startPostgres({ control: true });
       process.stdout.write(String(postgres.port)); setInterval(() => {}, 1000);`,
    );
    const child = spawn(path, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
    const [port] = await once(child.stdout, 'data');
    const wasUp = await isUp(Number(port));
    child.kill('SIGKILL');
    assert.equal(wasUp, true);
    await eventually(async () => !(await isUp(Number(port))), 'the server has gone');
  });
});

/** What a client of AMQP says first; a server answers with a method frame on channel 0. */
const speaksAmqp = (port: number) =>
  ask(port, 'AMQP\0\0\x09\x01').then(
    (answer) => answer.startsWith('\x01\0\0'),
    () => false,
  );

suite('private rabbitmq', { skip: requireService('rabbitmq', { control: true }) }, () => {
  test('answers, and comes back on its port after a crash', async () => {
    await using rabbitmq = await startRabbitmq({ control: true });
    assert.equal(await speaksAmqp(rabbitmq.port), true);
    await rabbitmq.kill();
    assert.equal(await speaksAmqp(rabbitmq.port), false);
    await rabbitmq.restart();
    assert.equal(await speaksAmqp(rabbitmq.port), true);
    await rabbitmq.stop();
    await rabbitmq.stop();
    assert.equal(await speaksAmqp(rabbitmq.port), false);
    await assert.rejects(rabbitmq.restart(), /was stopped/);
  });

  test('does not outlive its process, however that ends', async () => {
    const [path, args, options] = program(
      `const rabbitmq = await services.startRabbitmq({ control: true });
       process.stdout.write(String(rabbitmq.port)); setInterval(() => {}, 1000);`,
    );
    const child = spawn(path, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
    const [port] = await once(child.stdout, 'data');
    const wasUp = await speaksAmqp(Number(port));
    child.kill('SIGKILL');
    assert.equal(wasUp, true);
    await eventually(async () => !(await speaksAmqp(Number(port))), 'the server has gone');
  });
});

suite('require a service', () => {
  // What is missing here on purpose must not be noted as missing in this run.
  const unset = {
    LOVAGE_REQUIRE_SERVICES: undefined,
    LOVAGE_TEST_REDIS_URL: undefined,
    LOVAGE_SKIP_LOG: undefined,
  };
  const missing = (env: Record<string, string>) => {
    const [path, args, options] = program("process.stdout.write(String(services.requireService('redis')));", {
      PATH: '/nowhere',
      ...unset,
      ...env,
    });
    return spawnSync(path, args, { ...options, encoding: 'utf8' });
  };

  test('answers why not, with the command that helps, and notes it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lovage-skips-'));
    const log = join(folder, 'log');
    const { stdout } = missing({ LOVAGE_SKIP_LOG: log });
    assert.match(stdout, /redis-server is not installed; `apt-get install redis-server`/);
    const noted = JSON.parse(readFileSync(log, 'utf8'));
    rmSync(folder, { recursive: true });
    assert.deepEqual(noted, {
      suite: 'redis',
      reason: 'redis-server is not installed',
      enable: 'apt-get install redis-server',
    });
  });

  test('is content with a server that is named', () => {
    assert.equal(missing({ LOVAGE_TEST_REDIS_URL: 'redis://somewhere' }).stdout, 'false');
  });

  test('throws where skipping is forbidden', () => {
    const { status, stderr } = missing({ LOVAGE_REQUIRE_SERVICES: '1' });
    assert.equal(status, 1);
    assert.match(stderr, /forbids to skip/);
  });
});

suite('proxy', { skip }, () => {
  test('passes, holds back, lets go, cuts, refuses and heals', async () => {
    await using redis = await startRedis({ control: true });
    await using proxy = await startProxy(redis.port);
    const ping = () => ask(proxy.port, 'PING\r\n');
    assert.match(await ping(), /PONG/);

    const open = connect(proxy.port, '127.0.0.1');
    await once(open, 'connect');
    proxy.blackHole();
    open.write('PING\r\n');
    let answered = false;
    const answer = once(open, 'data').then(([data]) => {
      answered = true;
      return String(data);
    });
    await sleep(50);
    assert.equal(answered, false);
    await proxy.heal();
    assert.match(await answer, /PONG/);

    const from = Date.now();
    proxy.delay(40);
    assert.match(await ping(), /PONG/);
    // Once in each direction; timers may be a tick early.
    assert.ok(Date.now() - from >= 78);
    await proxy.heal();

    const ended = once(open, 'error');
    proxy.cut();
    assert.match(String((await ended)[0]), /ECONNRESET/);
    assert.match(await ping(), /PONG/);

    await proxy.refuse();
    await assert.rejects(ping(), /ECONNREFUSED/);
    await proxy.heal();
    assert.match(await ping(), /PONG/);
  });
});
