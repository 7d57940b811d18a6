import { isoUtc } from '@lovage/protocol';
import { snakeCase } from '../config/names.ts';
import { signatures } from './build-message.ts';
import type { CallOptions } from './options.ts';

/** Options as a signature carries them over the wire: Celery's names, times as text, links in their plain form. */
export function wireOptions(options: CallOptions): Record<string, unknown> {
  const wire: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (name === 'link' || name === 'linkError') wire[snakeCase(name)] = signatures(value);
    else wire[snakeCase(name)] = value instanceof Date ? isoUtc(value.getTime()) : value;
  }
  return wire;
}
