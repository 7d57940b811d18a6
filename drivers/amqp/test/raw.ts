import { type ConfirmChannel, connect } from 'amqplib';

/** A plain client, for what another program would do. */
export async function rawClient(url: string) {
  const model = await connect(url);
  model.on('error', () => undefined);
  const channel: ConfirmChannel = await model.createConfirmChannel();
  channel.on('error', () => undefined);
  return { model, channel, [Symbol.asyncDispose]: () => model.close().catch(() => undefined) };
}
