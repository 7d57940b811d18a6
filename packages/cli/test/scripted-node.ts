import { after } from 'node:test';
import { App } from '@lovage/app';
import {
  type EventDocument,
  readControlRequest,
  replyChannel,
  writeControlReply,
  writeEvent,
  writeEventBatch,
} from '@lovage/protocol';

/** What nodes answer: by method, the answer or what makes it of the arguments. Undefined: nothing. */
export type Script = Readonly<Record<string, unknown>>;

export interface Asked {
  readonly node: string;
  readonly method: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** Stands on the bus as workers would, and says what a test wants said: also what no good worker says. */
export class ScriptedNodes {
  /** What they were asked, in order. */
  readonly asked: Asked[] = [];
  readonly #app: App;

  private constructor(broker: string) {
    this.#app = new App('scripted', { brokerUrl: broker });
    after(() => this.#app.close());
  }

  static async start(broker: string, nodes: Readonly<Record<string, Script>>): Promise<ScriptedNodes> {
    const scripted = new ScriptedNodes(broker);
    const { bus } = await scripted.#app.drivers();
    await bus!.listen('control', (message) => {
      const { method, arguments: args, destination, reply } = readControlRequest(message);
      for (const [node, script] of Object.entries(nodes)) {
        if (destination && !destination.includes(node)) continue;
        scripted.asked.push({ node, method, arguments: args });
        const answer = script[method];
        if (!reply || answer === undefined) continue;
        void bus!.send(
          replyChannel(reply),
          writeControlReply(node, answer, { ticket: reply.ticket, clock: 1 }),
        );
      }
    });
    return scripted;
  }

  /** Sends events as they are; several go as a batch. */
  async tell(...events: EventDocument[]): Promise<void> {
    const { bus } = await this.#app.drivers();
    const [first] = events;
    if (!first) return;
    await bus!.send(
      'events',
      events.length === 1 ? writeEvent(first) : writeEventBatch(first.hostname, events),
    );
  }
}

let clock = 1;

/** An event as a worker sends it. */
export function event(type: string, fields: Readonly<Record<string, unknown>> = {}): EventDocument {
  clock += 1;
  const common = { hostname: 'celery@web1', utcoffset: 0, pid: 7, clock };
  return { ...common, ...fields, timestamp: Date.now() / 1000, type } as EventDocument;
}
