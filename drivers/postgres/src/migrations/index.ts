import { first } from './001.ts';
import { claimedWithMessages } from './002.ts';

/** In order. The schema's version is how many have been applied; none is ever changed once released. */
export const migrations: readonly string[] = [first, claimedWithMessages];
