import { isoUtc, stampOptions } from '@lovage/protocol';
import { checkStamps } from '../canvas/stamping.ts';
import { snakeCase } from '../config/names.ts';
import { InvalidCall } from '../errors.ts';
import { signatures } from './build-message.ts';
import type { CallOptions } from './options.ts';

/**
 * Options as a signature carries them over the wire: Celery's names, times as text, links in their plain form, and
 * stamps each under its own name.
 * @throws InvalidCall for stamps that could not be told from options there, and for a transaction
 */
export function wireOptions(options: CallOptions): Record<string, unknown> {
  const wire: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (name === 'tx')
      throw new InvalidCall('tx is for the call of a task: a workflow cannot be part of a transaction');
    if (name === 'stamps') Object.assign(wire, stampOptions(checkStamps(value)));
    else if (name === 'link' || name === 'linkError') wire[snakeCase(name)] = signatures(value);
    else wire[snakeCase(name)] = value instanceof Date ? isoUtc(value.getTime()) : value;
  }
  return wire;
}
