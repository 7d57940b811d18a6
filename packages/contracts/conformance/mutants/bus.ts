import type { BusMessage, EventBus } from '../../src/index.ts';
import { altered, type Mutant } from './mutant.ts';

function busMutant(
  name: string,
  noticedBy: string,
  changes: (bus: EventBus) => Partial<EventBus>,
): Mutant<EventBus> {
  return { name, noticedBy, mutate: (bus) => altered(bus, changes(bus)) };
}

function sendMutant(
  name: string,
  noticedBy: string,
  change: (message: BusMessage) => BusMessage,
): Mutant<EventBus> {
  return busMutant(name, noticedBy, (bus) => ({
    send: async (channel, message) => bus.send(channel, change(message)),
  }));
}

const EVERYBODY = 'every listener hears, from the moment that listen resolves';

/** One listener to a channel, of all buses. */
const taken = new Set<string>();

export const busMutants: readonly Mutant<EventBus>[] = [
  busMutant('is still on its way when listen resolves', EVERYBODY, (bus) => ({
    async listen(channel, onMessage) {
      setTimeout(() => void bus.listen(channel, onMessage).catch(() => {}), 50);
      return { close: async () => {} };
    },
  })),
  busMutant('tells one listener only', EVERYBODY, (bus) => ({
    listen: async (channel, onMessage) =>
      bus.listen(channel, (message) => {
        const key = `${channel} ${Buffer.from(message.body)}`;
        if (taken.has(key)) return;
        taken.add(key);
        onMessage(message);
      }),
  })),
  busMutant('does not hear itself', 'who sends hears itself', (bus) => {
    let sending = 0;
    return {
      async send(channel, message) {
        sending += 1;
        await bus.send(channel, message);
      },
      listen: async (channel, onMessage) =>
        bus.listen(channel, (message) => sending === 0 && onMessage(message)),
    };
  }),
  busMutant(
    'tells whoever asked for some topics of all',
    'who asks for some topics hears those, and others hear all',
    (bus) => ({
      listen: async (channel, onMessage) => bus.listen(channel, onMessage),
    }),
  ),
  busMutant('ends every listener with one', 'two listeners of one bus both hear', (bus) => {
    let open = true;
    return {
      async listen(channel, onMessage) {
        const listener = await bus.listen(channel, (message) => open && onMessage(message));
        return {
          async close() {
            open = false;
            await listener.close();
          },
        };
      },
    };
  }),
  sendMutant('forgets headers', 'topic, headers and body arrive as they were sent', (message) => ({
    ...message,
    headers: {},
  })),
  sendMutant('forgets topics', 'topic, headers and body arrive as they were sent', (message) => ({
    ...message,
    topic: '',
  })),
  busMutant('has one channel', 'channels do not leak into each other', (bus) => ({
    send: async (_, message) => bus.send('control', message),
    listen: async (_, onMessage) => bus.listen('control', onMessage),
  })),
  busMutant('has no replies', 'a reply finds its one listener', (bus) => ({
    send: async (channel, message) => {
      if (!channel.startsWith('reply:')) await bus.send(channel, message);
    },
  })),
  busMutant('replays the past', 'what was sent before is not heard', (bus) => ({
    async listen(channel, onMessage) {
      onMessage({ topic: '', headers: {}, body: Buffer.from('"old"') });
      return bus.listen(channel, onMessage);
    },
  })),
  busMutant('lets messages overtake', 'messages of one sender keep their order', (bus) => {
    let kept: BusMessage | undefined;
    return {
      async send(channel, message) {
        if (!kept) {
          kept = message;
          return;
        }
        await bus.send(channel, message);
        await bus.send(channel, kept);
        kept = undefined;
      },
    };
  }),
  sendMutant('cuts large messages', 'a large message passes', (message) => ({
    ...message,
    body: message.body.length > 65_536 ? Buffer.from('"cut"') : message.body,
  })),
  busMutant('hears after its listener closed', 'a closed listener hears nothing, a new one does', (bus) => ({
    async listen(channel, onMessage) {
      await bus.listen(channel, onMessage);
      return { close: async () => {} };
    },
  })),
  busMutant(
    'stays open',
    "a closed bus hears nothing and rejects with 'closed'; closing again is fine",
    () => ({
      close: async () => {},
    }),
  ),
];
