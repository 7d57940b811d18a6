/** What the benchmarks of single drivers do: messages of Celery's size, published, claimed, settled with their results. */
import type { Broker, Envelope, OutgoingMessage, ResultBackend, ResultRecord } from '@lovage/contracts';
import { celeryHeaders } from './headers.ts';

const QUEUE = 'celery';
const BATCH = 100;
const encoder = new TextEncoder();

function message(): OutgoingMessage {
  const id = crypto.randomUUID();
  const headers = celeryHeaders(id);
  const body = encoder.encode(
    `[["patient-4711","${'x'.repeat(300)}"],{},{"callbacks":null,"errbacks":null,"chain":null,"chord":null}]`,
  );
  const envelope: Envelope = {
    id,
    headers,
    body,
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    correlationId: id,
    replyTo: crypto.randomUUID(),
  };
  return { queue: QUEUE, envelope };
}

function recordOf(taskId: string): ResultRecord {
  const payload = encoder.encode(
    `{"status":"SUCCESS","result":42,"traceback":null,"children":[],"date_done":"2026-01-01T00:00:00.000000+00:00","task_id":"${taskId}"}`,
  );
  return { taskId, state: 'SUCCESS', final: true, payload, ttlMs: 86_400_000 };
}

/** CPU in µs that the store's own processes have used, where it has any. */
export type ServerCpu = () => number;

async function measure(
  name: string,
  count: number,
  serverCpu: ServerCpu | undefined,
  run: () => Promise<unknown>,
): Promise<void> {
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  const serverBefore = serverCpu?.();
  await run();
  const ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  const rate = Math.round((count / ms) * 1000).toLocaleString('en');
  const there =
    serverBefore === undefined
      ? ''
      : `, ${((serverCpu!() - serverBefore) / count).toFixed(1)} µs in the server`;
  console.log(
    `${name.padEnd(44)} ${rate.padStart(9)}/s   ${((user + system) / count).toFixed(1)} µs of CPU each${there}`,
  );
}

/** Runs those that are wanted, or all, over one store. */
export async function runRounds(
  broker: Broker,
  results: ResultBackend,
  wanted: readonly string[],
  serverCpu?: ServerCpu,
): Promise<void> {
  const rounds: Readonly<Record<string, () => Promise<void>>> = {
    async single() {
      const messages = Array.from({ length: 20_000 }, message);
      await measure('publish, each awaited', messages.length, serverCpu, async () => {
        for (const each of messages) await broker.publish([each]);
      });
    },
    async concurrent() {
      const messages = Array.from({ length: 30_000 }, message);
      await measure('publish, 100 in flight', messages.length, serverCpu, async () => {
        const next = messages.values();
        const loop = async () => {
          for (const each of next) await broker.publish([each]);
        };
        await Promise.all(Array.from({ length: 100 }, loop));
      });
    },
    async bulk() {
      const messages = Array.from({ length: 50_000 }, message);
      await measure('publish, 1,000 a call', messages.length, serverCpu, async () => {
        for (let i = 0; i < messages.length; i += 1000) await broker.publish(messages.slice(i, i + 1000));
      });
    },
    async drain() {
      let depth = (await broker.depth([QUEUE]))[0]!.ready;
      if (depth < 50_000) await broker.publish(Array.from({ length: 50_000 - depth }, message));
      depth = (await broker.depth([QUEUE]))[0]!.ready;
      const consumer = await broker.consume({
        consumer: 'bench',
        queues: [QUEUE],
        prefetch: BATCH,
        leaseMs: 30_000,
      });
      const never = new AbortController().signal;
      await measure(`claim ${BATCH}, settle with records (${depth})`, depth, serverCpu, async () => {
        for (let done = 0; done < depth; ) {
          const deliveries = await consumer.claim(BATCH, never);
          done += deliveries.length;
          await consumer.settle(
            deliveries.map((delivery) => ({
              kind: 'done',
              delivery,
              records: [recordOf(delivery.envelope.id)],
            })),
          );
        }
      });
      await consumer.close();
    },
    async overlapped() {
      const total = 50_000;
      await broker.publish(Array.from({ length: total }, message));
      const consumer = await broker.consume({
        consumer: 'bench',
        queues: [QUEUE],
        prefetch: 2 * BATCH,
        leaseMs: 30_000,
      });
      const never = new AbortController().signal;
      await measure(`the same, next claim beside each settle`, total, serverCpu, async () => {
        let settling: Promise<unknown> = Promise.resolve();
        for (let done = 0; done < total; ) {
          const deliveries = await consumer.claim(BATCH, never);
          done += deliveries.length;
          await settling;
          settling = consumer.settle(
            deliveries.map((delivery) => ({
              kind: 'done',
              delivery,
              records: [recordOf(delivery.envelope.id)],
            })),
          );
        }
        await settling;
      });
      await consumer.close();
    },
    async store() {
      const records = Array.from({ length: 50_000 }, () => recordOf(crypto.randomUUID()));
      await measure('store results, 100 a call', records.length, serverCpu, async () => {
        for (let i = 0; i < records.length; i += 100) await results.store(records.slice(i, i + 100));
      });
    },
  };

  for (const [name, round] of Object.entries(rounds))
    if (wanted.length === 0 || wanted.includes(name)) await round();
}
