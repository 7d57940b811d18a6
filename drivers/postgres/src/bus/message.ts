import { isUtf8 } from 'node:buffer';
import type { BusMessage } from '@lovage/contracts';

/** A message as JSON. */
interface Written {
  readonly topic: string;
  readonly headers: BusMessage['headers'];
  /** The body where it is UTF-8, as JSON is. */
  readonly text?: string;
  /** Anything else, in base64. */
  readonly bytes?: string;
  /** Of two payloads alike in one transaction PostgreSQL delivers one. */
  readonly n: number;
}

let written = 0;

export function writeMessage({ topic, headers, body }: BusMessage): string {
  written += 1;
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const content = isUtf8(bytes) ? { text: bytes.toString() } : { bytes: bytes.toString('base64') };
  return JSON.stringify({ topic, headers, ...content, n: written } satisfies Written);
}

/** Throws SyntaxError for what is no JSON. */
export function readMessage(json: string): BusMessage {
  const { topic, headers, text, bytes } = JSON.parse(json) as Written;
  return {
    topic,
    headers,
    body: text === undefined ? Buffer.from(bytes ?? '', 'base64') : Buffer.from(text),
  };
}
