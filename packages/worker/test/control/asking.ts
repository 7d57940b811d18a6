/** Asks a node over a bus as Celery's clients do, and hears what it answers. */
import type { TestContext } from 'node:test';
import type { BusMessage, EventBus } from '@lovage/contracts';
import type { ControlRequest } from '@lovage/protocol';
import { json, REPLY_EXCHANGE, writeControlRequest } from '@lovage/protocol';
import { listenToControl } from '../../src/control/node.ts';
import { until } from '../scene.ts';
import type { FakePanel } from './fake-panel.ts';

export interface HeardReply {
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, unknown>>;
}

export interface Asking {
  readonly bus: EventBus;
  /** Everything that came back. */
  readonly replies: readonly HeardReply[];
  /** Asks and does not wait. */
  send(method: string, request?: Partial<ControlRequest>, clock?: number): Promise<void>;
  /** The value under the node's name in the next reply. */
  ask(
    method: string,
    args?: Readonly<Record<string, unknown>>,
    request?: Partial<ControlRequest>,
  ): Promise<unknown>;
  close(): Promise<void>;
}

const ADDRESS = { ticket: 'ticket-1', exchange: REPLY_EXCHANGE, routingKey: 'oid-1' };

/** A node over the bus of the panel's app, and somebody who asks it. */
export async function asking(
  t: TestContext,
  panel: FakePanel,
  more: { readonly maxAnswerBytes?: number } = {},
): Promise<Asking> {
  const bus = (await panel.app.drivers()).bus!;
  const node = await listenToControl({ bus, panel, log: panel.log.logger, ...more });
  const replies: HeardReply[] = [];
  await bus.listen(`reply:${ADDRESS.routingKey}`, ({ body, headers }: BusMessage) => {
    replies.push({ body: json.decode(body) as HeardReply['body'], headers });
  });
  t.after(() => node.close());
  const send: Asking['send'] = (method, request, clock = 0) =>
    bus.send(
      'control',
      writeControlRequest(
        { method, arguments: {}, destination: null, pattern: null, matcher: null, ...request },
        { clock },
      ),
    );
  return {
    bus,
    replies,
    send,
    async ask(method, args = {}, request) {
      const before = replies.length;
      await send(method, { arguments: args, reply: ADDRESS, ...request });
      await until(() => replies.length > before, `${method} is answered`);
      return replies[before]!.body[panel.hostname];
    },
    close: () => node.close(),
  };
}

export const address = ADDRESS;
