import { isAscii, isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';

const text = JSON.parse(readFileSync('interop/captures/v5.6.3/01-redis-simple-call.json', 'utf8')).raw
  .broker_db0.celery.value[0] as string;
const body = JSON.parse(text).body as string;
const buf = Buffer.from(body, 'base64');
const u8 = new Uint8Array(buf);
const LONG = /(?:^|[^.\d])\d{16}/;
const L2 = /\d{16}/;
const hdr = JSON.parse(text).headers;
const ms: Record<string, () => unknown> = {
  parse: () => JSON.parse(text),
  re1: () => LONG.test(text),
  re2: () => L2.test(text),
  incl: () => text.includes('"__type__"'),
  b64: () => Buffer.from(body, 'base64'),
  tostr: () => buf.toString('utf8'),
  utf8Slice: () => (buf as any).utf8Slice(0, buf.length),
  latin: () => buf.latin1Slice(0, buf.length),
  wrap: () => Buffer.from(u8.buffer, u8.byteOffset, u8.byteLength),
  isUtf8: () => isUtf8(buf),
  isAscii: () => isAscii(buf),
  parseb: () => JSON.parse(buf.toString()),
  str: () => JSON.stringify(hdr),
  strSmall: () => JSON.stringify('celery'),
  b64w: () => buf.toString('base64'),
  from: () =>
    Buffer.from(
      '[[2,"ada@example.org"],{"locale":"en","attempt":3},{"callbacks":null,"errbacks":null,"chain":null,"chord":null}]',
      'utf8',
    ),
  iso: () => new Date(1795249951243).toISOString(),
  keys: () => {
    let n = 0;
    for (const k in hdr) n++;
    return n;
  },
};
for (const [n, f] of Object.entries(ms)) {
  for (let i = 0; i < 20000; i++) f();
  const s = process.hrtime.bigint();
  for (let i = 0; i < 100000; i++) f();
  console.log((Number(process.hrtime.bigint() - s) / 1e8).toFixed(3), n);
}
