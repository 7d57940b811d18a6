import type { ControlArguments, Logger } from '@lovage/app';
import type { MemorySamples } from './memory-samples.ts';
import type { ControlPanel } from './panel.ts';

/** One of Celery's remote control commands. */
export interface Command {
  readonly name: string;
  /** Its name before Celery 4, still asked for. */
  readonly alias?: string;
  /** Arguments that must be given, under their Python names and in their order. */
  readonly required?: readonly string[];
  readonly optional?: readonly string[];
  /** Refuses arguments that it does not know; other commands leave them out. */
  readonly strict?: boolean;
  /**
   * Answers, or resolves to, the node's reply.
   * What it throws becomes `{ error }` in Python's words: a RangeError is a ValueError there, a TypeError a TypeError.
   */
  run(context: CommandContext, args: ControlArguments): unknown;
}

export interface CommandContext {
  readonly panel: ControlPanel;
  readonly log: Logger;
  readonly samples: MemorySamples;
}

/** Answered by a command that gets no reply: whoever asked waits for none. */
export const NO_REPLY: unique symbol = Symbol('no reply');

export const ok = (text: string): { readonly ok: string } => ({ ok: text });
export const failed = (text: string): { readonly error: string } => ({ error: text });
