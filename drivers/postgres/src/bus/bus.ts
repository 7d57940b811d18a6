import type { BusChannel, BusMessage, EventBus } from '@lovage/contracts';
import type { Session } from '../database/session.ts';
import { repeatable } from '../database/statement.ts';
import { topicOf } from './channels.ts';
import { readMessage } from './message.ts';
import { PolledBus } from './polled.ts';
import { busSender, KEPT } from './send.ts';

const FIND = repeatable('find message', 'select message from lovage.bus where seq = $1');

interface Listening {
  /** What the topics it hears begin with. */
  readonly topic: string;
  readonly onMessage: (message: BusMessage) => void;
}

interface Channel {
  readonly listeners: Set<Listening>;
  /** Resolves once heard; answers how to stop. */
  readonly heard: Promise<() => void>;
  /** What was told and is still to be fetched, in order. */
  fetching: Promise<void> | undefined;
}

/** NOTIFY, with the message as payload; behind a pooler a table that each listener reads from where it left off. */
export function postgresBus(database: Session): EventBus {
  const channels = new Map<string, Channel>();
  const send = busSender(database);
  const polled = new PolledBus(database, deliver);

  function deliver(name: string, json: string): void {
    let message: BusMessage;
    try {
      message = readMessage(json);
    } catch (error) {
      database.options.log('debug', `bus: a message cannot be read: ${String(error)}`);
      return;
    }
    for (const { topic, onMessage } of [...(channels.get(name)?.listeners ?? [])]) {
      if (message.topic.startsWith(topic)) onMessage(message);
    }
  }

  /** None overtakes one that is still to be fetched. */
  function hear(name: string, payload: string): void {
    const channel = channels.get(name);
    if (!channel) return;
    if (!channel.fetching && !payload.startsWith(KEPT)) {
      deliver(name, payload);
      return;
    }
    const fetching = (channel.fetching ?? Promise.resolve()).then(async () => {
      if (payload.startsWith(KEPT)) await fetch(name, Number(payload.slice(KEPT.length)));
      else deliver(name, payload);
      if (channel.fetching === fetching) channel.fetching = undefined;
    });
    channel.fetching = fetching;
  }

  async function fetch(name: string, seq: number): Promise<void> {
    try {
      const [row] = await database.run<{ readonly message: string }>(FIND, [seq]);
      if (row) deliver(name, row.message);
    } catch (error) {
      database.options.log('debug', `bus: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async function begin(name: BusChannel): Promise<() => void> {
    if (database.pooled) {
      await polled.add(name);
      return () => void polled.drop(name);
    }
    return database.listener.listen(database.channel(topicOf(name)), {
      hear: (payload) => hear(name, payload),
      missed() {}, // There is no replay.
    });
  }

  async function stop(name: string, listening: Listening): Promise<void> {
    const channel = channels.get(name);
    if (!channel?.listeners.delete(listening) || channel.listeners.size > 0) return;
    channels.delete(name);
    (await channel.heard.catch(() => undefined))?.();
  }

  return {
    async send(channel, message) {
      await send(channel, message);
    },

    async listen(name, onMessage, { topic = '' } = {}) {
      await database.open();
      let channel = channels.get(name);
      if (!channel) {
        channel = { listeners: new Set(), heard: begin(name), fetching: undefined };
        channels.set(name, channel);
      }
      const listening: Listening = { topic, onMessage };
      channel.listeners.add(listening);
      try {
        await channel.heard;
      } catch (error) {
        await stop(name, listening);
        throw error;
      }
      return { close: () => stop(name, listening) };
    },

    async close() {
      for (const [name, { listeners }] of channels) for (const each of listeners) await stop(name, each);
      await database.close();
    },
  };
}
