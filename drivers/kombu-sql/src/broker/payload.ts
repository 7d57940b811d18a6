import { randomUUID } from 'node:crypto';
import { DecodeError, type Delivery, type OutgoingMessage } from '@lovage/contracts';
import { markRedelivered, readKombu, writeKombu } from '@lovage/protocol';
import { refuseLongName } from './queues.ts';

/** A message as its columns, but for its queue, which is still a name. */
export interface MessageRow {
  readonly queue: string;
  readonly payload: string;
  /** Epoch ms; 0 when it may be claimed at once. */
  readonly due: number;
}

/** Encoded before the transaction: what cannot be encoded fails its own call and no other. */
export function toRow({ queue, envelope, notBefore }: OutgoingMessage): MessageRow {
  refuseLongName(queue);
  return {
    queue,
    payload: writeKombu(envelope, { exchange: '', routingKey: queue, deliveryTag: randomUUID() }),
    due: Math.ceil(notBefore ?? 0),
  };
}

/** Anybody can write anything into a table: what is no message of kombu's becomes an envelope of its bytes and a fault. */
export function readPayload(
  payload: string,
): Pick<Delivery, 'envelope' | 'redelivered' | 'deliveries' | 'fault'> {
  try {
    const { envelope, redelivered, deliveries } = readKombu(payload);
    return { envelope, redelivered, deliveries };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const envelope = {
      id: '',
      headers: {},
      body: Buffer.from(payload),
      contentType: 'application/octet-stream',
      contentEncoding: 'binary',
    };
    return { envelope, redelivered: false, deliveries: 1, fault: error.message };
  }
}

/** The payload of a message that was out and goes back; `lost` counts it. What cannot be read goes back as it is. */
export function markPayload(payload: string, lost: boolean): string {
  try {
    const { deliveries } = readKombu(payload);
    return markRedelivered(payload, lost ? deliveries + 1 : deliveries);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return payload;
  }
}
