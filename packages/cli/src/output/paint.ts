import { styleText } from 'node:util';

/** How a text looks: `'bold'`, `['bold', 'green']`. */
export type Styled = Parameters<typeof styleText>[0];

/** Styled where stdout is a terminal that wants it: not under NO_COLOR, `--no-color`, in a file or a pipe. */
export function paint(style: Styled, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** The same for stderr. */
export function paintError(style: Styled, text: string): string {
  return styleText(style, text, { stream: process.stderr });
}
