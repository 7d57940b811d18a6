import { plainJson } from './plain.ts';

/** '1 message', '2 messages'. */
export function counted(count: number, noun: string): string {
  return `${count} ${plural(count, noun)}`;
}

/** 'message' or 'messages'. */
export function plural(count: number, noun: string): string {
  return count === 1 ? noun : `${noun}s`;
}

/** For programs: one JSON document on stdout. */
export function printJson(value: unknown): void {
  console.log(plainJson(JSON.stringify(value, undefined, 2)));
}
