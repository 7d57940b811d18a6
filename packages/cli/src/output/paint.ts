import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Styled where stdout is a terminal that wants it: not under NO_COLOR, `--no-color`, in a file or a pipe. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** The same for stderr. */
export function paintError(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stderr });
}
