import type { BusChannel, BusMessage, EventBus } from '@lovage/contracts';
import { Door } from './door.ts';

type Listener = (message: BusMessage) => void;

/** Who listens to which channel, of all buses of one hub. */
export type Channels = Map<BusChannel, Set<Listener>>;

export function memoryBus(channels: Channels): EventBus {
  const door = new Door('this memory bus');
  const open = new Set<() => void>();

  return {
    async send(channel, message) {
      door.assertOpen();
      // Not within this call: elsewhere a listener never runs before its sender goes on.
      for (const listener of channels.get(channel) ?? []) {
        setImmediate(() => {
          if (channels.get(channel)?.has(listener)) listener(message);
        });
      }
    },

    async listen(channel, onMessage, { topic: wanted = '' } = {}) {
      door.assertOpen();
      const here = channels.get(channel) ?? new Set();
      // Its own identity: the same callback may listen twice.
      const listener: Listener = (message) => {
        if (message.topic.startsWith(wanted)) onMessage(message);
      };
      channels.set(channel, here.add(listener));
      const stop = (): void => {
        here.delete(listener);
        if (here.size === 0 && channels.get(channel) === here) channels.delete(channel);
        open.delete(stop);
      };
      open.add(stop);
      return { close: async () => stop() };
    },

    async close() {
      door.shut();
      for (const stop of open) stop();
    },
  };
}
