import { maskField } from '@lovage/app';
import { saferepr } from '@lovage/protocol';

/**
 * The arguments of a task as one would write them: `(2, 3, retries=1)`. Workers send the values themselves,
 * or, asked for safe ones and in events, texts such as `(2, 3)` and `{'retries': 1}`, which stay as they are.
 */
export function callText(args: unknown, kwargs: unknown): string {
  const positional = typeof args === 'string' ? inner(args) : values(args);
  const named = typeof kwargs === 'string' ? unlessEmpty(kwargs) : pairs(kwargs);
  return `(${[positional, named].filter((part) => part !== '').join(', ')})`;
}

function values(args: unknown): string {
  return Array.isArray(args) ? args.map((each) => saferepr(each)).join(', ') : '';
}

function pairs(kwargs: unknown): string {
  if (typeof kwargs !== 'object' || kwargs === null) return '';
  return Object.entries(kwargs)
    .map(([name, value]) => `${name}=${saferepr(maskField(name, value))}`)
    .join(', ');
}

/** `(2, 3)`, `[2, 3]` and `(2,)` without what is around them. */
function inner(text: string): string {
  return /^[([](.*?),?[)\]]$/s.exec(text)?.[1] ?? text;
}

function unlessEmpty(text: string): string {
  return text === '{}' ? '' : text;
}
