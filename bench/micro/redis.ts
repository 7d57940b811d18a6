/**
 * How fast the Redis driver alone is, on a private server of this machine: publish one by one and in bulk, and drain
 * with results in batches of 100. `node --conditions=lovage-source bench/micro/redis.ts [rounds]`
 */
import { randomUUID } from 'node:crypto';
import type { Broker, Consumer, Delivery, OutgoingMessage } from '@lovage/contracts';
import { driver } from '@lovage/redis';
import { ask } from '../../tools/services/ports.ts';
import { startRedis } from '../../tools/services.ts';
import { celeryHeaders } from './headers.ts';

const MESSAGES = 50_000;
const BATCH = 100;
const BODY = Buffer.from(
  JSON.stringify([['x'.repeat(350)], {}, { callbacks: null, errbacks: null, chain: null, chord: null }]),
);
const DAY_MS = 86_400_000;

/** About 1 KB on the wire, headers as Celery's. */
function message(): OutgoingMessage {
  const id = randomUUID();
  const headers = celeryHeaders(id);
  const envelope = {
    id,
    headers,
    body: BODY,
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    correlationId: id,
    replyTo: id,
  };
  return { queue: 'bench', envelope };
}

const done = (delivery: Delivery) => {
  const { id } = delivery.envelope;
  const document = `{"status": "SUCCESS", "result": 7, "traceback": null, "children": [], "date_done": "2026-01-01T00:00:00.000000+00:00", "task_id": "${id}"}`;
  const record = { taskId: id, state: 'SUCCESS', final: true, payload: Buffer.from(document), ttlMs: DAY_MS };
  return { kind: 'done', delivery, records: [record] } as const;
};

async function oneByOne(broker: Broker): Promise<void> {
  let left = MESSAGES;
  const publisher = async () => {
    while (left > 0) {
      left -= 1;
      await broker.publish([message()]);
    }
  };
  await Promise.all(Array.from({ length: 100 }, publisher));
}

async function inBulk(broker: Broker): Promise<void> {
  for (let sent = 0; sent < MESSAGES; sent += 1_000) {
    await broker.publish(Array.from({ length: 1_000 }, message));
  }
}

/** As in a worker: the next claim is under way while what came of the last one is settled. */
async function drain(consumer: Consumer): Promise<void> {
  const settling = new Set<Promise<unknown>>();
  const claim = () => consumer.claim(BATCH, AbortSignal.timeout(10_000));
  let claiming = claim();
  for (let taken = 0; taken < MESSAGES; ) {
    const deliveries = await claiming;
    taken += deliveries.length;
    if (taken < MESSAGES) claiming = claim();
    await new Promise(setImmediate);
    const settled = consumer.settle(deliveries.map(done)).finally(() => settling.delete(settled));
    settling.add(settled);
    if (settling.size > 3) await Promise.race(settling);
  }
  await Promise.all(settling);
}

/** CPU seconds that the server has used. */
async function serverCpu(): Promise<number> {
  const info = await ask(server.port, 'INFO cpu\r\n');
  const field = (name: string) => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1]);
  return field('used_cpu_user') + field('used_cpu_sys');
}

/** The rate suffers from whatever else this machine does; CPU time hardly does. */
async function measure(what: string, work: () => Promise<void>): Promise<void> {
  const cpu = process.cpuUsage();
  const served = await serverCpu();
  const began = performance.now();
  await work();
  const rate = MESSAGES / ((performance.now() - began) / 1_000);
  const { user, system } = process.cpuUsage(cpu);
  const ours = (user + system) / MESSAGES;
  const theirs = (((await serverCpu()) - served) * 1e6) / MESSAGES;
  const figures = `${ours.toFixed(1)} µs here, ${theirs.toFixed(1)} µs in Redis for each`;
  console.log(`${what.padEnd(38)} ${Math.round(rate).toLocaleString('en').padStart(9)}/s   ${figures}`);
}

await using server = await startRedis();
const redis = driver.create(server.url, {});
const broker = redis.broker!();
const options = { consumer: 'bench', queues: ['bench'], prefetch: 1_000, leaseMs: 30_000 };
const consumer = await broker.consume(options);
for (let round = Number(process.argv[2] ?? 3); round > 0; round -= 1) {
  await measure('publish one by one, 100 in flight', () => oneByOne(broker));
  await measure('drain: claim 100, settle with results', () => drain(consumer));
  await measure('publish in bulk, 1,000 a call', () => inBulk(broker));
  await measure('drain: claim 100, settle with results', () => drain(consumer));
}
await redis.close();
