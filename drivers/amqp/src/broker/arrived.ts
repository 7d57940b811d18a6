import type { ConsumeMessage } from 'amqplib';
import type { Marks } from '../wire/message.ts';
import type { Departing } from './publisher.ts';

/** A message that RabbitMQ has handed to us and not got back. */
export interface Arrived {
  readonly queue: string;
  readonly message: ConsumeMessage;
  /** Which of our channels it came through. */
  readonly epoch: number;
  readonly tap: Tap;
}

/** What RabbitMQ is told of a message. */
export interface Answered {
  readonly arrived: Arrived;
  readonly how: 'ack' | 'requeue' | 'drop';
}

/** Where a message shall stand instead, and how it is marked there. */
export interface Move {
  readonly arrived: Arrived;
  readonly to: Departing & { readonly marks: Marks };
}

/** One `basic.consume`: it brings at most `credit` messages that are not settled. */
export interface Tap {
  readonly queue: string;
  readonly tag: string;
  readonly credit: number;
  unsettled: number;
}
