import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { App } from '@lovage/app';
import type { WorkerOptions } from '@lovage/worker';
import { Worker } from '@lovage/worker';
import { workerCommand } from '../src/commands/worker.ts';
import type { WorkerFlags } from '../src/worker/flags.ts';
import { settingsOf, workerOptions } from '../src/worker/options.ts';
import { autoscale } from '../src/worker/parsers.ts';

const module = { address: '/app.ts', url: 'file:///app.ts', file: '/app.ts', exported: undefined };

/** The options that a command line comes to. */
function optionsOf(args: readonly string[], settings: Record<string, unknown> = {}): WorkerOptions {
  const command = workerCommand();
  command.parseOptions([...args]);
  const flags = command.opts<WorkerFlags>();
  const app = new App('shop', { ...settings, environment: {} });
  const {
    appModule: _,
    overrides: __,
    queues: ___,
    hostname: ____,
    ...options
  } = workerOptions(flags, { app, module, overrides: {} }, 'w1@here');
  return options;
}

suite('flags of lovage worker', () => {
  const cases: readonly (readonly [args: readonly string[], options: WorkerOptions])[] = [
    [[], { pool: 'prefork' }],
    [['-P', 'processes'], { pool: 'prefork' }],
    [['-P', 'threads'], { pool: 'threads' }],
    [['-P', 'gevent'], { pool: 'async' }],
    [['-P', 'solo'], { pool: 'solo' }],
    [['-E'], { pool: 'prefork', taskEvents: true }],
    [['--task-events'], { pool: 'prefork', taskEvents: true }],
    [['--events'], { pool: 'prefork', taskEvents: true }],
    [['--autoscale', '3,10'], { pool: 'prefork', autoscale: { max: 10, min: 3 } }],
    [['--max-memory-per-child', '5000'], { pool: 'prefork', maxMemoryPerChild: 5000 }],
    [['-S', '/state/%n-%h.db'], { pool: 'prefork', stateDb: '/state/w1-here.db' }],
    [['--http', '127.0.0.1:0'], { pool: 'prefork', http: '127.0.0.1:0' }],
    [['--heartbeat-interval', '0.5'], { pool: 'prefork', heartbeatInterval: 0.5 }],
    [
      ['--without-heartbeat', '--without-mingle', '--without-gossip'],
      { pool: 'prefork', withoutHeartbeat: true, withoutMingle: true, withoutGossip: true },
    ],
    [['--soft-shutdown-timeout', '7'], { pool: 'prefork', softShutdownTimeout: 7 }],
    [['--disable-prefetch'], { pool: 'prefork', prefetchMultiplier: 1 }],
    [['--prefetch-multiplier', '9'], { pool: 'prefork', prefetchMultiplier: 9 }],
  ];
  for (const [args, options] of cases) {
    test(`${args.join(' ') || 'none'}`, () => assert.deepEqual(optionsOf(args), options));
  }

  test('the pool of the settings counts where the command line names none', () => {
    assert.equal(optionsOf([], { workerPool: 'eventlet' }).pool, 'async');
    assert.equal(optionsOf(['-P', 'solo'], { workerPool: 'threads' }).pool, 'solo');
  });

  test('a range is two numbers in either order, or the larger one', () => {
    assert.deepEqual(autoscale('10, 3'), { max: 10, min: 3 });
    assert.deepEqual(autoscale('4'), { max: 4, min: 0 });
  });

  test('workerDisablePrefetch leaves nothing claimed ahead, whatever the multiplier', () => {
    const plan = (settings: object) =>
      new Worker(new App('shop', { ...settings, environment: {} })).plan.prefetchMultiplier;
    assert.equal(plan({ workerPrefetchMultiplier: 8 }), 8);
    assert.equal(plan({ workerPrefetchMultiplier: 8, workerDisablePrefetch: true }), 1);
  });

  test('what children must know goes to them as settings', () => {
    const flags = {
      loglevel: 'info',
      json: true,
      disablePrefetch: true,
      color: true,
      hostname: 'x',
    } as const;
    assert.deepEqual(settingsOf(flags, '/log/w%I.log'), {
      lovageLogLevel: 'info',
      lovageLogFormat: 'json',
      lovageLogFile: '/log/w%I.log',
      workerDisablePrefetch: true,
    });
  });
});
