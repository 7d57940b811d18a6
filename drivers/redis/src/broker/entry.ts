import { isUtf8 } from 'node:buffer';
import { DecodeError, type Delivery, type Envelope } from '@lovage/contracts';
import { markRedelivered, readKombu } from '@lovage/protocol';

/** A message as a list holds it, read as far as it can be. */
export type Element = Pick<Delivery, 'envelope' | 'redelivered' | 'deliveries' | 'fault'>;

/** Anybody can push anything to a list: what is no message of kombu's becomes an envelope of its raw bytes and a fault. */
export function readElement(raw: Buffer): Element {
  try {
    const { envelope, redelivered, deliveries } = readKombu(textOf(raw));
    return { envelope, redelivered, deliveries };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { envelope: unreadable(raw), redelivered: false, deliveries: 1, fault: error.message };
  }
}

function textOf(raw: Buffer): string {
  if (!isUtf8(raw)) throw new DecodeError('no kombu message: not UTF-8');
  return raw.toString('utf8');
}

function unreadable(raw: Buffer): Envelope {
  return {
    id: '',
    headers: {},
    body: raw,
    contentType: 'application/octet-stream',
    contentEncoding: 'binary',
  };
}

/** A message that was out, with where it belongs. */
export interface Restorable {
  readonly exchange: string;
  readonly routingKey: string;
  readonly priority: number | undefined;
  /** The message to put back. */
  readonly raw: Buffer | string;
}

/** Exchange and routing key at the end of an entry. Anchored, and searched only in the entry's end: a body may be long. */
const TAIL = /,\s*("(?:[^"\\]|\\.)*"|null)\s*,\s*("(?:[^"\\]|\\.)*"|null)\s*\]\s*$/;
const TAIL_LENGTH = 4_096;

/** Where the parts of an entry are; undefined if it is not even a triple. */
function split(
  entry: Buffer,
): { readonly raw: Buffer; readonly exchange: string; readonly routingKey: string } | undefined {
  const from = Math.max(0, entry.length - TAIL_LENGTH);
  const match = TAIL.exec(entry.toString('latin1', from));
  if (!match || entry[0] !== 0x5b) return undefined;
  const raw = entry.subarray(1, from + match.index);
  return { raw, exchange: fieldText(match[1]!), routingKey: fieldText(match[2]!) };
}

function fieldText(latin1: string): string {
  const value: unknown = JSON.parse(Buffer.from(latin1, 'latin1').toString('utf8'));
  return typeof value === 'string' ? value : '';
}

/**
 * The message within an entry of `unacked`, marked as redelivered; `lost` counts the delivery.
 * What cannot be read goes back as it is. Undefined if the entry is none.
 */
export function readEntry(entry: Buffer, lost: boolean): Restorable | undefined {
  const parts = split(entry);
  if (!parts) return undefined;
  const { raw, exchange, routingKey } = parts;
  const { envelope, deliveries, fault } = readElement(raw);
  const marked =
    fault === undefined ? markRedelivered(raw.toString('utf8'), lost ? deliveries + 1 : deliveries) : raw;
  return { exchange, routingKey, priority: envelope.priority, raw: marked };
}

/** The queue that an entry came from, as far as it says: its routing key. */
export function readEntryQueue(entry: Buffer): string | undefined {
  return split(entry)?.routingKey;
}
