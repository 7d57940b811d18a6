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
    payload: asPython(writeKombu(envelope, { exchange: '', routingKey: queue, deliveryTag: randomUUID() })),
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
    return asPython(markRedelivered(payload, lost ? deliveries + 1 : deliveries));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return payload;
  }
}

/** Texts, with everything within them, and what separates values. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[,:]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON has escaped those below the blank already
const NOT_ASCII = /[^\x00-\x7e]/g;

/**
 * JSON as Python's `json.dumps` writes it, which fills kombu's column: a blank after each separator, and ASCII alone, so
 * that a database of any encoding takes it.
 */
export function asPython(json: string): string {
  const spaced = json.replace(TOKENS, (token) => (token === ',' || token === ':' ? `${token} ` : token));
  return spaced.replace(NOT_ASCII, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
