/** Set for whoever runs in the background already, by the command that put it there. */
export const DETACHED = 'LOVAGE_DETACHED';

/** What it tells the command that started it. */
export type Word = 'starting' | 'ready';

/** Its own side of being detached. */
export interface Background {
  readonly detached: boolean;
  /** It has its app and its files, and is about to look for its broker. */
  starting(): void;
  /** It works. Whoever started it hears nothing more. */
  ready(): void;
}

/** Taken out of the environment, which tasks and children see. */
export function background(): Background {
  const detached = process.env[DETACHED] === '1';
  delete process.env[DETACHED];
  const tell = (word: Word): void => {
    if (detached && process.connected) process.send?.(word);
  };
  return {
    detached,
    starting: () => tell('starting'),
    ready() {
      tell('ready');
      if (detached && process.connected) process.disconnect();
    },
  };
}
