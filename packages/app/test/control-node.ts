import type { App } from '@lovage/app';
import type { BusListener } from '@lovage/contracts';
import { type ControlRequest, readControlRequest, replyChannel, writeControlReply } from '@lovage/protocol';

export interface FakeNode extends BusListener {
  /** What it was asked. */
  readonly asked: readonly ControlRequest[];
}

/** Stands in for a worker: answers what it is asked over the app's bus, undefined for no answer. */
export async function fakeNode(
  app: App,
  name: string,
  answer: (request: ControlRequest) => unknown = () => ({ ok: 'pong' }),
): Promise<FakeNode> {
  const { bus } = await app.drivers();
  const asked: ControlRequest[] = [];
  const listener = await bus!.listen('control', (message) => {
    const request = readControlRequest(message);
    asked.push(request);
    if (request.destination && !request.destination.includes(name)) return;
    const value = answer(request);
    if (!request.reply || value === undefined) return;
    const { ticket } = request.reply;
    void bus!.send(replyChannel(request.reply), writeControlReply(name, value, { ticket, clock: 500 }));
  });
  return { asked, close: () => listener.close() };
}
