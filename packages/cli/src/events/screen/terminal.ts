import { emitKeypressEvents } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import type { Size } from './model.ts';
import type { Key } from './press.ts';

const ESC = '\u001b[';
const ENTER = `${ESC}?1049h${ESC}?25l${ESC}?7l`;
const LEAVE = `${ESC}?7h${ESC}?25h${ESC}?1049l`;
/** Terminals that know it show a frame whole; others ignore it. */
const BEGIN_FRAME = `${ESC}?2026h${ESC}H`;
const END_FRAME = `${ESC}J${ESC}?2026l`;

export interface TerminalEvents {
  readonly onKey: (key: Key) => void;
  readonly onResize: () => void;
}

/**
 * A terminal of whole frames: another screen than the one with the shell, no cursor, no line wrapping, and keys as they
 * are pressed. `close` gives it back as it was, and so does the end of the process, however that comes about.
 */
export class Terminal {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  readonly #events: TerminalEvents;
  #open = true;

  constructor(input: ReadStream, output: WriteStream, events: TerminalEvents) {
    this.#input = input;
    this.#output = output;
    this.#events = events;
    process.once('exit', this.close);
    // Before Node tells of an error: on this screen nobody would read it.
    process.once('uncaughtExceptionMonitor', this.close);
    output.write(ENTER);
    emitKeypressEvents(input);
    input.setRawMode(true);
    input.on('keypress', this.#key);
    output.on('resize', events.onResize);
    input.resume();
  }

  get size(): Size {
    // A pseudo-terminal that was never told its size says 0.
    return { columns: this.#output.columns || 80, rows: this.#output.rows || 24 };
  }

  draw(lines: readonly string[]): void {
    if (!this.#open) return;
    // Erased before it is written: after a full line the cursor stands on its last character.
    const frame = lines.map((line) => `${ESC}K${line}`).join('\r\n');
    this.#output.write(BEGIN_FRAME + frame + END_FRAME);
  }

  readonly close = (): void => {
    if (!this.#open) return;
    this.#open = false;
    process.off('exit', this.close);
    process.off('uncaughtExceptionMonitor', this.close);
    this.#input.off('keypress', this.#key);
    this.#output.off('resize', this.#events.onResize);
    this.#input.setRawMode(false);
    this.#input.pause();
    this.#output.write(LEAVE);
  };

  readonly #key = (text: string | undefined, key: { name?: string; ctrl?: boolean }): void => {
    this.#events.onKey({ name: key.name, text: text ?? '', ctrl: key.ctrl ?? false });
  };
}
