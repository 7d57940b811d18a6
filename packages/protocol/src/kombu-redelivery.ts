import { DecodeError } from '@lovage/contracts';
import { hideLiterals } from './json-literals.ts';
import type { ReviverContext } from './json-parse.ts';
import { isRecord } from './plain.ts';

/** Node 21 and later: a number that is written as the text it was read from. */
const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON(text: string): object;
  isRawJSON(value: unknown): boolean;
};

/**
 * The text of a message that goes back to its queue. Everything else in it stays as it was, to the digit.
 * @param deliveries What `Delivery.deliveries` shall be when it is claimed next: one more when it was lost
 * @throws DecodeError when it is no kombu message
 */
export function markRedelivered(text: string, deliveries: number): string {
  const hidden = hideLiterals(text);
  const message = parseRaw(hidden?.text ?? text);
  if (!isObject(message)) throw new DecodeError('no kombu message: not a JSON object');
  const { headers = {}, properties } = message;
  if (!isObject(headers) || !isObject(properties)) {
    throw new DecodeError('no kombu message: its headers or properties are no object');
  }
  headers['redelivered'] = true;
  if (deliveries > 1) headers['lovage_deliveries'] = deliveries;
  message['headers'] = headers;
  const { delivery_info: info = {} } = properties;
  if (isObject(info)) properties['delivery_info'] = { ...info, redelivered: true };
  const result = JSON.stringify(message);
  return hidden === undefined ? result : hidden.restore(result);
}

function parseRaw(text: string): unknown {
  try {
    return JSON.parse(text, (_key, value, context?: ReviverContext) =>
      typeof value === 'number' && context?.source !== undefined ? rawJSON(context.source) : value,
    );
  } catch (error) {
    throw new DecodeError('no kombu message: not JSON', { cause: error });
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && !isRawJSON(value);
}
