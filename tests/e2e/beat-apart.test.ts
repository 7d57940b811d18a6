/** Beat whose messages go through a broker that is not the store of its entries: claimed and kept there, then sent. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lovage } from 'lovage';
import { MACHINE_MS } from '../machine.ts';
import { openRabbitmq, skipRabbitmq } from './rabbitmq.ts';

test('entries in Redis, messages in RabbitMQ: each run is executed once, whoever leads', {
  skip: skipRabbitmq(),
  timeout: MACHINE_MS,
}, async () => {
  const { broker, results } = await openRabbitmq();
  const beatSchedule = { often: { task: 'apart.often', schedule: 0.5, missed: 'run-all' as const } };
  await using app = new Lovage('apart', {
    ...{ brokerUrl: broker, resultBackend: results, lovageLogLevel: 'silent', beatSchedule },
  });
  const executed: string[] = [];
  app.task({ name: 'apart.often', bind: true }, (self) => void executed.push(self.request.id));
  const { schedules, withBroker } = await (await app.drivers()).periodic();
  assert.equal(withBroker, false);

  const sent: { readonly id: string; readonly due: Date }[] = [];
  const onSent = (run: (typeof sent)[number]) => void sent.push(run);
  const worker = await app.worker({ concurrency: 2 });
  const first = await app.beat({ onSent });
  while (sent.length < 3) await sleep(20);
  const second = await app.beat({ onSent });
  await first.stop();
  const before = sent.length;
  while (sent.length < before + 3) await sleep(20);
  await second.stop();

  assert.deepEqual(await schedules.kept(10), [], 'what was sent is forgotten');
  while (executed.length < sent.length) await sleep(20);
  await worker.stop('warm');
  assert.deepEqual(executed.toSorted(), sent.map(({ id }) => id).toSorted());
  const dues = sent.map(({ due }) => due.getTime());
  const gaps = dues.slice(1).map((due, index) => due - dues[index]!);
  assert.deepEqual([...new Set(gaps)], [500], 'none was left out, none sent twice');
});
