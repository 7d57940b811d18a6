import type { Channel, ConsumeMessage } from 'amqplib';
import type { Answered, Arrived } from './arrived.ts';

/** What RabbitMQ is to be told about the messages of one channel, in as few words as possible. */
export class Answers {
  /** Not told yet. */
  readonly #pending: Answered[] = [];
  /** What came through the channel and was not told of, in order. */
  readonly #outstanding = new Set<number>();

  arrived({ message }: Arrived): void {
    this.#outstanding.add(message.fields.deliveryTag);
  }

  /** RabbitMQ is told with the next `tell`. */
  add(answered: Answered): void {
    this.#pending.push(answered);
  }

  /** It is told otherwise. */
  leave({ message }: Arrived): void {
    this.#outstanding.delete(message.fields.deliveryTag);
  }

  /** The channel is gone, and with it whoever waits for an answer. */
  clear(): void {
    this.#pending.length = 0;
    this.#outstanding.clear();
  }

  /** What has ended together with everything before it is told in one word. */
  tell(channel: Channel): void {
    const acks = new Map<number, ConsumeMessage>();
    for (const { arrived, how } of this.#pending.splice(0)) {
      if (how === 'ack') acks.set(arrived.message.fields.deliveryTag, arrived.message);
      else {
        this.leave(arrived);
        channel.nack(arrived.message, false, how === 'requeue');
      }
    }
    let upTo: ConsumeMessage | undefined;
    for (const tag of this.#outstanding) {
      const message = acks.get(tag);
      if (!message) break;
      upTo = message;
      acks.delete(tag);
      this.#outstanding.delete(tag);
    }
    if (upTo) channel.ack(upTo, true);
    for (const [tag, message] of acks) {
      this.#outstanding.delete(tag);
      channel.ack(message);
    }
  }
}
