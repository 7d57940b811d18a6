/**
 * What one hop between a worker and its children costs, by transport: the measurement behind the choice in
 * packages/worker/src/pools/child.ts. One message in flight per child, as in the pool.
 *
 *   node bench/micro/pools-transport.ts [children] [seconds per row]
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import v8 from 'node:v8';
import { celeryHeaders } from './headers.ts';

const FILE = fileURLToPath(import.meta.url);
const MODES = ['ipc-json', 'ipc-advanced', 'frames-v8'] as const;
type Mode = (typeof MODES)[number];

interface Job {
  readonly envelope: {
    readonly headers: Record<string, unknown>;
    readonly body: Uint8Array;
    readonly id: string;
  };
  readonly queue: string;
}

function job(bodyBytes: number): Job {
  const id = crypto.randomUUID();
  const headers = celeryHeaders(id);
  return { envelope: { id, headers, body: new Uint8Array(bodyBytes).fill(97) }, queue: 'celery' };
}

/** What a child answers: one record with a payload, as a conclusion has. */
const answer = (input: Job) => ({
  records: [{ id: input.envelope.id, state: 'SUCCESS', payload: input.envelope.body.subarray(0, 300) }],
  followUps: [],
  settlement: 'done',
  report: { kind: 'succeeded', runtimeS: 0.001, text: '' },
});

/** A replacer that sees bytes before `Buffer.toJSON` turns them into a list of numbers. */
function toBase64(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const own = this[key];
  if (!(own instanceof Uint8Array)) return value;
  return { $b: Buffer.from(own.buffer, own.byteOffset, own.byteLength).toString('base64') };
}

function frame(value: unknown): Buffer {
  const serializer = new v8.DefaultSerializer();
  serializer.writeRawBytes(Buffer.alloc(4));
  serializer.writeHeader();
  serializer.writeValue(value);
  const bytes = serializer.releaseBuffer();
  bytes.writeUInt32LE(bytes.length - 4, 0);
  return bytes;
}

function readFrames(socket: Socket, onValue: (value: unknown) => void): void {
  let held: Buffer[] = [];
  let heldBytes = 0;
  socket.on('data', (chunk: Buffer) => {
    held.push(chunk);
    heldBytes += chunk.length;
    const need = held[0]!.length >= 4 ? held[0]!.readUInt32LE(0) + 4 : 4;
    if (heldBytes < need) return;
    const all = held.length === 1 ? chunk : Buffer.concat(held, heldBytes);
    held = [];
    heldBytes = 0;
    onValue(v8.deserialize(all.subarray(4)));
  });
}

function hostChild(mode: Mode): void {
  if (mode === 'frames-v8') {
    const socket = new Socket({ fd: 3 });
    readFrames(socket, (value) => socket.write(frame(answer(value as Job))));
    socket.on('end', () => process.exit());
    return;
  }
  process.on('disconnect', () => process.exit());
  process.on('message', (message: { text: string } | Job) => {
    if (mode === 'ipc-advanced') {
      process.send!(answer(message as Job));
      return;
    }
    const plain = JSON.parse((message as { text: string }).text, (_key, value) =>
      value?.$b === undefined ? value : Buffer.from(value.$b, 'base64'),
    );
    const encoded = { text: JSON.stringify(answer(plain), toBase64) };
    process.send!(encoded);
  });
}

interface Link {
  ask(value: Job): Promise<unknown>;
  child: ChildProcess;
}

function link(mode: Mode): Link {
  let settle: (value: unknown) => void = () => {};
  if (mode === 'frames-v8') {
    const child = spawn(process.execPath, [FILE, 'host', mode], {
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    });
    const socket = child.stdio[3] as Socket;
    readFrames(socket, (value) => settle(value));
    return {
      child,
      ask: (value) =>
        new Promise((resolve) => {
          settle = resolve;
          socket.write(frame(value));
        }),
    };
  }
  const child = fork(FILE, ['host', mode], { serialization: mode === 'ipc-advanced' ? 'advanced' : 'json' });
  child.on('message', (message: { text: string }) =>
    settle(
      mode === 'ipc-advanced'
        ? message
        : JSON.parse(message.text, (_key, value) =>
            value?.$b === undefined ? value : Buffer.from(value.$b, 'base64'),
          ),
    ),
  );
  return {
    child,
    ask: (value) =>
      new Promise((resolve) => {
        settle = resolve;
        child.send(mode === 'ipc-advanced' ? value : { text: JSON.stringify(value, toBase64) });
      }),
  };
}

async function measure(mode: Mode, children: number, bodyBytes: number, ms: number) {
  const links = Array.from({ length: children }, () => link(mode));
  const value = job(bodyBytes);
  await Promise.all(links.map((each) => each.ask(value)));
  let count = 0;
  const cpu = process.cpuUsage();
  const started = performance.now();
  await Promise.all(
    links.map(async (each) => {
      while (performance.now() - started < ms) {
        await each.ask(value);
        count += 1;
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  const used = process.cpuUsage(cpu);
  for (const each of links) each.child.kill('SIGKILL');
  console.log(
    `${mode.padEnd(13)} ${String(bodyBytes).padStart(8)} B  ${Math.round(count / seconds)
      .toString()
      .padStart(7)} jobs/s  parent ${((used.user + used.system) / count).toFixed(1)} µs cpu/job`,
  );
}

if (process.argv[2] === 'host') hostChild(process.argv[3] as Mode);
else {
  const children = Number(process.argv[2] ?? 2);
  const ms = Number(process.argv[3] ?? 1) * 1000;
  for (const bodyBytes of [100, 1024, 65536, 1024 * 1024])
    for (const mode of MODES) await measure(mode, children, bodyBytes, ms);
}
