import type { styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];

/** Makes a text coloured, or leaves it as it is where nobody wants colours. */
export type Paint = (style: Style, text: string) => string;

/** What went well is green, what needs eyes is red. */
export const STATE_STYLES: Readonly<Record<string, Style>> = {
  PENDING: 'dim',
  SENT: 'dim',
  RECEIVED: 'blue',
  STARTED: 'cyan',
  SUCCESS: 'green',
  FAILURE: 'red',
  RETRY: 'yellow',
  REVOKED: 'magenta',
  REJECTED: 'magenta',
};
