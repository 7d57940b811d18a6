import type { ControlArguments } from '@lovage/app';
import { stringRepr } from '@lovage/protocol';
import type { Command } from './command.ts';

/** Longest name that an error repeats. */
const MAX_NAME = 100;

/**
 * Refuses what Python would not bind to the parameters of a command.
 * @throws TypeError in Python's words, which people and tools look for
 */
export function checkArguments(command: Command, args: ControlArguments): void {
  const { name, required = [], optional = [], strict } = command;
  if (strict) {
    const strange = Object.keys(args).find((each) => !required.includes(each) && !optional.includes(each));
    if (strange !== undefined) {
      throw new TypeError(`${name}() got an unexpected keyword argument ${quoted(strange)}`);
    }
  }
  const missing = required.filter((each) => args[each] === undefined);
  if (missing.length === 0) return;
  const arguments_ = missing.length === 1 ? 'argument' : 'arguments';
  throw new TypeError(
    `${name}() missing ${missing.length} required positional ${arguments_}: ${list(missing)}`,
  );
}

/** 'a', 'b', and 'c' */
function list(names: readonly string[]): string {
  const shown = names.map(quoted);
  if (shown.length < 3) return shown.join(' and ');
  return `${shown.slice(0, -1).join(', ')}, and ${shown.at(-1)}`;
}

function quoted(text: string): string {
  return stringRepr(text.length > MAX_NAME ? `${text.slice(0, MAX_NAME)}...` : text);
}

/** A text that must be there and not empty. @throws TypeError */
export function textArgument(args: ControlArguments, name: string): string {
  const value = args[name];
  if (typeof value === 'string' && value !== '') return value;
  throw wrong(name, 'a text that is not empty');
}

/** A text, or undefined for null and nothing. @throws TypeError */
export function optionalText(args: ControlArguments, name: string): string | undefined {
  const value = args[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw wrong(name, 'a text or null');
}

/**
 * A whole number from 0, or undefined for null and nothing.
 * A text of digits counts too: what a shell gives to Celery 5.2 may arrive as one.
 * @throws TypeError
 */
export function optionalCount(args: ControlArguments, name: string): number | undefined {
  const value = args[name];
  if (value === undefined || value === null) return undefined;
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number;
  throw wrong(name, 'a whole number from 0, or null');
}

/** One text, or a list of them; none for null and nothing. @throws TypeError */
export function textList(args: ControlArguments, name: string): readonly string[] {
  const value = args[name] ?? [];
  const list_ = Array.isArray(value) ? value : [value];
  if (list_.every((each) => typeof each === 'string')) return [...new Set(list_)];
  throw wrong(name, 'a text, or a list of texts');
}

export function wrong(name: string, says: string): TypeError {
  return new TypeError(`${name} must be ${says}`);
}
