import { maskUrls } from '@lovage/app';
import { plainLine, plainLines } from '../output/plain.ts';

/** Any value of a node's answer, for people: harmless for a terminal, and passwords in URLs hidden. */

/** A text on one line; what is no text as JSON. */
export function textLine(value: unknown): string {
  return plainLine(maskUrls(asText(value)));
}

export function textLines(value: unknown): readonly string[] {
  return plainLines(maskUrls(asText(value)));
}

/** A value of no known shape: a text as it is, a list in bullets, anything else as JSON. */
export function valueLines(value: unknown): readonly string[] {
  if (value === null || value === undefined) return ['- none -'];
  if (Array.isArray(value)) {
    return value.length === 0 ? ['- empty -'] : value.map((item) => `* ${textLine(item)}`);
  }
  return typeof value === 'string' ? textLines(value) : textLines(JSON.stringify(value, undefined, 2));
}

/** For `--json`: the same value, with the passwords in its texts hidden. */
export function masked(value: unknown): unknown {
  if (typeof value === 'string') return maskUrls(value);
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, masked(each)]));
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
