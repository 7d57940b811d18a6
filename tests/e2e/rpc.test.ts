/** Results that travel to the caller through RabbitMQ, as Celery's rpc:// has it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chain, chord, group, ImproperlyConfigured, Lovage } from 'lovage';
import { openRabbitmq, skipRabbitmq } from './rabbitmq.ts';

const SOON = { timeout: 30 };

describe('rpc:// over RabbitMQ', { skip: skipRabbitmq(), timeout: 120_000 }, () => {
  let url: string;
  let app: Lovage;
  let worker: Awaited<ReturnType<Lovage['worker']>>;
  const conf = { resultBackend: 'rpc://', lovageLogLevel: 'silent' } as const;
  const define = (to: Lovage) => ({
    add: to.task('rpc.add', (x: number, y: number) => x + y),
    total: to.task('rpc.total', (all: number[]) => all.reduce((sum, n) => sum + n, 0)),
    fail: to.task('rpc.fail', (): number => {
      throw new RangeError('on purpose');
    }),
    steps: to.task({ name: 'rpc.steps', bind: true }, async (self) => {
      await self.updateState('PROGRESS', { half: true });
      return 'done';
    }),
  });
  let tasks: ReturnType<typeof define>;

  before(async () => {
    url = (await openRabbitmq()).broker;
    app = new Lovage('rpc', { brokerUrl: url, ...conf });
    tasks = define(app);
    worker = await app.worker({ concurrency: 8 });
  });
  after(async () => {
    await worker?.stop('warm');
    await app?.close();
  });

  test('a call, many at once, a failure, and progress', async () => {
    const { add, fail, steps } = tasks;
    assert.equal(await (await add.delay(2, 3)).get(SOON), 5);
    const sent = await Promise.all(Array.from({ length: 200 }, (_, n) => add.delay(n, 1)));
    const got = await Promise.all(sent.map((result) => result.get(SOON)));
    assert.deepEqual(
      got,
      Array.from({ length: 200 }, (_, n) => n + 1),
    );
    await assert.rejects((await fail.delay()).get(SOON), { type: 'ValueError' });
    const result = await steps.delay();
    const states: string[] = [];
    for await (const { state } of result.updates()) states.push(state);
    assert.equal(states.at(-1), 'SUCCESS');
  });

  test('each client gets its own results, of workers that are not its own', async () => {
    const clients = [1, 2].map((n) => new Lovage(`client${n}`, { brokerUrl: url, ...conf }));
    try {
      const [first, second] = clients.map((client) => define(client).add);
      const sent = await Promise.all([first!.delay(1, 1), second!.delay(2, 2)]);
      assert.deepEqual(await Promise.all(sent.map((result) => result.get(SOON))), [2, 4]);
    } finally {
      await Promise.all(clients.map((client) => client.close()));
    }
  });

  test('chains and groups pass their results on; their end comes to who began them', async () => {
    const { add } = tasks;
    assert.equal(await (await chain(add.s(1, 2), add.s(10)).delay()).get(SOON), 13);
    assert.deepEqual(await (await group([add.s(1, 1), add.s(2, 2)]).delay()).get(SOON), [2, 4]);
  });

  test('a chord is refused at once: nobody could count its parts', async () => {
    const { add, total } = tasks;
    await assert.rejects(chord([add.s(1, 1), add.s(2, 2)], total.s()).delay(), /chord/i);
  });

  test('rpc:// over another broker is refused with the reason', async () => {
    const other = new Lovage('other', { ...conf, brokerUrl: `memory://rpc-${crypto.randomUUID()}` });
    await assert.rejects(other.sendTask('x'), (error) => {
      assert.ok(error instanceof ImproperlyConfigured);
      assert.match(error.message, /results travel through RabbitMQ only/);
      return true;
    });
    await other.close();
  });
});
