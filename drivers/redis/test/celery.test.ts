import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { BusMessage, ChordPart } from '@lovage/contracts';
import { requireService } from '../../../tools/services.ts';
import { python } from './python.ts';
import { openDriver, rawClient, sharedServer, stopSharedServer, until } from './worlds.ts';

const skip = requireService('redis') || requireService('celery');

function celery(order: Readonly<Record<string, unknown>>): Promise<readonly unknown[]> {
  return python('celery_neighbour.py', order);
}

function part(index: number, result: unknown): ChordPart {
  return { taskId: `t${index}`, index, state: 'SUCCESS', payload: Buffer.from(JSON.stringify(result)) };
}

const json = (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString());

describe('redis: Celery on the same keys', { skip, concurrency: 3 }, () => {
  after(stopSharedServer);

  async function world() {
    const { url } = await sharedServer();
    return { url, ...openDriver(url) };
  }

  test('Celery completes a chord that we began, with all parts in order', async () => {
    await using here = await world();
    await using raw = await rawClient(here.url);
    const chords = here.driver.results().chords!;
    await chords.open({ id: 'ours', members: ['t0', 't1', 't2'], plan: new Uint8Array(), ttlMs: 60_000 });
    assert.equal((await chords.arrive([{ chordId: 'ours', part: part(2, { c: 'é' }) }]))[0]!.complete, false);
    assert.equal((await chords.arrive([{ chordId: 'ours', part: part(0, [1]) }]))[0]!.complete, false);
    await celery({
      url: here.url,
      prefix: 'ours:',
      do: 'part',
      group: 'ours',
      parts: [{ id: 't1', index: 1, result: 'b' }],
    });
    const sent = JSON.parse(String(await raw.command('LINDEX', 'ours:celery', '0')));
    assert.deepEqual(JSON.parse(Buffer.from(sent.body, 'base64').toString())[0], [[[1], 'b', { c: 'é' }]]);
    assert.equal(await raw.command('EXISTS', 'celery-taskset-meta-ours.j', 'celery-taskset-meta-ours.s'), 0);
  });

  test('we complete a chord that Celery began, and count what it recorded once', async () => {
    await using here = await world();
    const chords = here.driver.results().chords!;
    const parts = [
      { id: 't0', index: 0, result: { a: 1 } },
      { id: 't1', index: 1, result: null },
    ];
    await celery({ url: here.url, do: 'begin', group: 'theirs', size: 3, parts });
    assert.equal((await chords.arrive([{ chordId: 'theirs', part: part(1, 'again') }]))[0]!.complete, false);
    const [last] = await chords.arrive([{ chordId: 'theirs', part: part(2, 'c') }]);
    assert.ok(last?.complete);
    assert.deepEqual(
      last.parts.map((each) => [each.taskId, each.index, each.state, json(each.payload)]),
      [
        ['t0', 0, 'SUCCESS', { a: 1 }],
        ['t1', 1, 'SUCCESS', null],
        ['t2', 2, 'SUCCESS', 'c'],
      ],
    );
    await chords.drop('theirs');
  });

  test("we hear Celery's requests, and it hears our replies", async () => {
    await using here = await world();
    const bus = here.driver.bus();
    const requests: BusMessage[] = [];
    await bus.listen('control', (request) => requests.push(request));
    const answer = celery({ url: here.url, do: 'ping' });
    await until(() => requests.length > 0, 'the request is heard');
    const { method, ticket, reply_to: to } = json(requests[0]!.body);
    assert.equal(method, 'ping');
    const body = Buffer.from(JSON.stringify({ 'js@here': { ok: 'pong' } }));
    await bus.send(`reply:${to.routing_key}`, { topic: '', headers: { ticket, clock: 4 }, body });
    assert.deepEqual(await answer, [[{ 'js@here': { ok: 'pong' } }]]);
  });

  test("we hear Celery's events by their type", async () => {
    await using here = await world();
    const events: BusMessage[] = [];
    await here.driver.bus().listen('events', (event) => events.push(event));
    await celery({ url: here.url, do: 'event' });
    await until(() => events.length > 0, 'the event is heard');
    assert.equal(events[0]!.topic, 'worker-tested');
    assert.equal(json(events[0]!.body).x, 1);
    assert.equal(events[0]!.headers['hostname'], 'w1@host1');
  });

  test('results pass both ways, and the wait for one that Celery stores ends', async () => {
    await using here = await world();
    const results = here.driver.results();
    const heard: string[] = [];
    const watch = await results.watch((record) => heard.push(`${record.taskId} ${record.state}`));
    await watch.add(['from-celery']);
    await celery({ url: here.url, do: 'store', ids: ['from-celery'] });
    await until(() => heard.includes('from-celery SUCCESS'), 'its result is heard');
    const payload = Buffer.from('{"status": "SUCCESS", "result": {"y": "é"}, "task_id": "from-us"}');
    await results.store([{ taskId: 'from-us', state: 'SUCCESS', final: true, payload, ttlMs: 60_000 }]);
    assert.deepEqual(await celery({ url: here.url, do: 'get', ids: ['from-us'] }), [[{ y: 'é' }]]);
    await watch.close();
  });
});
