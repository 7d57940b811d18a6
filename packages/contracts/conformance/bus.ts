import assert from 'node:assert/strict';
import type { BusMessage, EventBus } from '../src/index.ts';
import { bytesOf, textOf } from './bytes.ts';
import { rejectsClosed } from './closed.ts';
import { type Exam, type ExamCase, type ExamWorld, type Harness, sitExam } from './exam.ts';
import { eventually } from './waiting.ts';

/** One service, private to a case. */
export interface BusWorld extends ExamWorld {
  /** What another process would see. `dispose` closes it. */
  connect(): Promise<EventBus>;
}

function news(content: unknown, topic = ''): BusMessage {
  return { topic, headers: {}, body: bytesOf(JSON.stringify(content)) };
}

/** What a listener has heard. */
class Ear {
  readonly messages: BusMessage[] = [];
  readonly hear = (message: BusMessage): void => void this.messages.push(message);

  get contents(): unknown[] {
    return this.messages.map((each) => JSON.parse(textOf(each.body)));
  }

  async hears(count: number): Promise<void> {
    await eventually(() => this.messages.length >= count, `${count} messages are heard`);
  }
}

function busCase(
  name: string,
  body: (bus: EventBus, other: EventBus, world: BusWorld) => Promise<void>,
): ExamCase<BusWorld> {
  return { name, run: async (world) => body(await world.connect(), await world.connect(), world) };
}

/** What every bus must do. */
export const busExam: Exam<BusWorld> = [
  busCase('every listener hears, from the moment that listen resolves', async (a, b, world) => {
    const sender = await world.connect();
    for (const channel of ['control', 'events'] as const) {
      const [one, two] = [new Ear(), new Ear()];
      await a.listen(channel, one.hear);
      await b.listen(channel, two.hear);
      await sender.send(channel, news(channel));
      await one.hears(1);
      await two.hears(1);
      assert.deepEqual([one.contents, two.contents], [[channel], [channel]]);
    }
  }),

  busCase('who sends hears itself', async (bus) => {
    const ear = new Ear();
    await bus.listen('control', ear.hear);
    await bus.send('control', news('self'));
    await ear.hears(1);
    assert.deepEqual(ear.contents, ['self']);
  }),

  busCase('two listeners of one bus both hear', async (bus, sender) => {
    const [one, two] = [new Ear(), new Ear()];
    const first = await bus.listen('events', one.hear);
    await bus.listen('events', two.hear);
    await sender.send('events', news(1, 'worker-online'));
    await one.hears(1);
    await two.hears(1);
    await first.close();
    await sender.send('events', news(2, 'worker-online'));
    await two.hears(2);
    assert.deepEqual(one.contents, [1]);
  }),

  busCase('who asks for some topics hears those, and others hear all', async (bus, sender) => {
    const [some, all] = [new Ear(), new Ear()];
    const listener = await bus.listen('events', some.hear, { topic: 'worker-' });
    await bus.listen('events', all.hear);
    for (const topic of ['task-multi', 'worker-online', 'task-sent', 'worker-heartbeat', 'workers']) {
      await sender.send('events', news(topic, topic));
    }
    await all.hears(5);
    await some.hears(2);
    assert.deepEqual(some.contents, ['worker-online', 'worker-heartbeat']);
    await listener.close();
    await sender.send('events', news('last', 'worker-offline'));
    await all.hears(6);
    assert.deepEqual(some.contents, ['worker-online', 'worker-heartbeat']);
  }),

  busCase('topic, headers and body arrive as they were sent', async (bus, sender) => {
    const ear = new Ear();
    await bus.listen('events', ear.hear);
    const content = { ünï: '☃😀', n: [1, null, 0.5] };
    const headers = { hostname: 'w1@host', clock: 7, nested: { list: ['é'] } };
    await sender.send('events', { ...news(content, 'task-succeeded'), headers });
    await ear.hears(1);
    const [heard] = ear.messages;
    assert.deepEqual([heard!.topic, ear.contents[0]], ['task-succeeded', content]);
    for (const [name, value] of Object.entries(headers)) assert.deepEqual(heard!.headers[name], value);
  }),

  busCase('channels do not leak into each other', async (bus, sender) => {
    const [events, mine, control] = [new Ear(), new Ear(), new Ear()];
    await bus.listen('events', events.hear);
    await bus.listen('reply:me', mine.hear);
    await bus.listen('control', control.hear);
    await sender.send('reply:you', news('for you'));
    await sender.send('events', news('event', 'task-sent'));
    await sender.send('reply:me', news('for me'));
    await sender.send('control', news('control'));
    await Promise.all([events.hears(1), mine.hears(1), control.hears(1)]);
    assert.deepEqual(
      [events.contents, mine.contents, control.contents],
      [['event'], ['for me'], ['control']],
    );
  }),

  busCase('a reply finds its one listener', async (bus, sender) => {
    const ear = new Ear();
    const oid = crypto.randomUUID();
    await bus.listen(`reply:${oid}`, ear.hear);
    for (const n of [1, 2, 3]) await sender.send(`reply:${oid}`, news(n));
    await ear.hears(3);
    assert.deepEqual(ear.contents, [1, 2, 3]);
  }),

  busCase('what was sent before is not heard', async (bus, sender) => {
    await sender.send('control', news('old'));
    const ear = new Ear();
    await bus.listen('control', ear.hear);
    await sender.send('control', news('new'));
    await ear.hears(1);
    assert.deepEqual(ear.contents, ['new']);
  }),

  busCase('messages of one sender keep their order', async (bus, sender) => {
    const ear = new Ear();
    await bus.listen('events', ear.hear);
    const all = Array.from({ length: 200 }, (_, i) => i);
    for (const n of all) await sender.send('events', news(n, 'task-sent'));
    await ear.hears(all.length);
    assert.deepEqual(ear.contents, all);
  }),

  busCase('a large message passes', async (bus, sender) => {
    const ear = new Ear();
    await bus.listen('control', ear.hear);
    await sender.send('control', news('é'.repeat(100_000)));
    await ear.hears(1);
    assert.equal((ear.contents[0] as string).length, 100_000);
  }),

  busCase('a closed listener hears nothing, a new one does', async (bus, sender) => {
    const [closed, open] = [new Ear(), new Ear()];
    for (const channel of ['events', 'reply:me'] as const) {
      const listener = await bus.listen(channel, closed.hear);
      await listener.close();
      await listener.close();
      await bus.listen(channel, open.hear);
      await sender.send(channel, news(channel));
    }
    await open.hears(2);
    assert.deepEqual([closed.contents, open.contents.sort()], [[], ['events', 'reply:me']]);
  }),

  busCase(
    "a closed bus hears nothing and rejects with 'closed'; closing again is fine",
    async (bus, sender, world) => {
      const [closed, open] = [new Ear(), new Ear()];
      await bus.listen('control', closed.hear);
      await (await world.connect()).listen('control', open.hear);
      await bus.close();
      await bus.close();
      await sender.send('control', news('late'));
      await open.hears(1);
      assert.deepEqual(closed.contents, []);
      await rejectsClosed({
        send: () => bus.send('control', news('x')),
        listen: () => bus.listen('control', closed.hear),
      });
    },
  ),
];

export function busConformance(harness: Harness<BusWorld>): void {
  sitExam('bus', busExam, harness);
}
