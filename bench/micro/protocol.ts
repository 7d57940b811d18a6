/**
 * What the wire costs: decoding and encoding one task message of about 1 KB, in microseconds.
 * Run: node --conditions=lovage-source bench/micro/protocol.ts
 */
import {
  EMPTY_EMBED,
  json,
  type OutgoingHeaders,
  readBody,
  readHeaders,
  readKombu,
  type TaskBody,
  writeKombu,
  writeMetaWithResultJson,
  writeTask,
} from '@lovage/protocol';

const ID = 'cc5581c5-9a3f-452d-8628-6b3073e6ad49';
const headers: OutgoingHeaders = { task: 'clinic.tasks.send_welcome', id: ID, origin: 'gen10203@host1' };
const body: TaskBody = {
  args: [2, 'ada@example.org'],
  kwargs: { locale: 'en', attempt: 3 },
  embed: EMPTY_EMBED,
};
const options = { serializer: json, replyTo: 'b38ffb0e-84ed-394a-8e1b-7362daeb2fab' };
const delivery = { exchange: '', routingKey: 'celery', deliveryTag: '1a7eb2f8-8d06-42ac-8352-87a81e2b9907' };
const read = { accept: new Set(['application/json']), maxBytes: 1 << 20 };

const text = writeKombu(writeTask(headers, body, options), delivery);
const { envelope } = readKombu(text);
const meta = { status: 'SUCCESS', taskId: ID, dateDone: 1_795_249_951_243 };

const measures: Readonly<Record<string, () => unknown>> = {
  'encode (writeTask + writeKombu)': () => writeKombu(writeTask(headers, body, options), delivery),
  '  writeTask': () => writeTask(headers, body, options),
  '  writeKombu': () => writeKombu(envelope, delivery),
  'decode (readKombu + readHeaders + readBody)': () => {
    const message = readKombu(text);
    return [readHeaders(message.envelope), readBody(message.envelope, read)];
  },
  '  readKombu': () => readKombu(text),
  '  readHeaders': () => readHeaders(envelope),
  '  readBody': () => readBody(envelope, read),
  writeMetaWithResultJson: () => writeMetaWithResultJson(meta, '5'),
  'floor: JSON.parse of the envelope and of its body': () => {
    const message = JSON.parse(text) as { body: string };
    return JSON.parse(Buffer.from(message.body, 'base64').toString());
  },
};

const ROUNDS = 9;
const CALLS = 20_000;

console.log(
  `message of ${text.length} characters, node ${process.version}, median of ${ROUNDS} rounds of ${CALLS}`,
);
for (const [name, run] of Object.entries(measures)) {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint();
    for (let call = 0; call < CALLS; call++) run();
    times.push(Number(process.hrtime.bigint() - start) / 1000 / CALLS);
  }
  times.sort((a, b) => a - b);
  console.log(`${times[ROUNDS >> 1]!.toFixed(2).padStart(8)} µs  ${name}`);
}
