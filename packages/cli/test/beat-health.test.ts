import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '@lovage/app';
import { BeatMetrics, type BeatStatus } from '@lovage/beat';
import { serveBeat } from '../src/beat/health.ts';

const WELL: BeatStatus = {
  phase: 'leading',
  leading: true,
  fence: 3,
  entries: 7,
  unreadable: 0,
  nextDue: new Date(1000),
  sent: 5,
  lastTickAt: new Date(0),
  lastLatenessMs: 12,
  lastError: undefined,
  storeAwayMs: 0,
  brokerAwayMs: 0,
  problems: [],
  healthy: true,
};

test('what beat knows of itself is answered to probes, red when it hangs, and its metrics to Prometheus', async (t) => {
  let status = WELL;
  const metrics = await BeatMetrics.create(() => status);
  const log = createLogger({ level: 'silent', format: 'text', write: () => {} });
  const { url, close } = await serveBeat('127.0.0.1:0', () => status, metrics, log);
  t.after(close);
  const ask = async (path: string) => {
    const response = await fetch(url + path);
    return { status: response.status, body: await response.text() };
  };
  for (const path of ['/healthz', '/livez', '/readyz']) assert.equal((await ask(path)).status, 200, path);
  assert.deepEqual(JSON.parse((await ask('/healthz')).body), {
    status: 'ok',
    phase: 'leading',
    entries: 7,
    sent: 5,
    nextDue: '1970-01-01T00:00:01.000Z',
    lastTickAt: '1970-01-01T00:00:00.000Z',
    lastLatenessMs: 12,
    problems: [],
  });
  metrics.sent({ name: 'a', task: 'b.c', id: '1', due: new Date(), lateMs: 40 });
  const { body } = await ask('/metrics');
  assert.match(body, /^lovage_beat_lateness_seconds_bucket\{le="0\.05"\} 1$/m);
  assert.match(body, /^lovage_beat_leading 1$/m);

  const hangs = 'it leads, and has not looked at what is due for 26 s';
  status = { ...WELL, problems: [hangs], healthy: false };
  for (const path of ['/healthz', '/livez', '/readyz']) {
    const red = await ask(path);
    assert.equal(red.status, 503, path);
    assert.deepEqual(JSON.parse(red.body).problems, [hangs]);
  }
  status = { ...WELL, phase: 'starting' };
  assert.deepEqual([(await ask('/healthz')).status, (await ask('/readyz')).status], [200, 503]);
  assert.match((await ask('/')).body, /there are \/healthz, \/livez, \/readyz and \/metrics/);
});
