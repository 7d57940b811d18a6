import type { Settings } from './settings.ts';

/** Whether results are kept at all: where nothing is said they go where the broker is. */
export const keepsResults = ({ resultBackend }: Settings): boolean =>
  resultBackend !== null && !resultBackend?.startsWith('disabled');
