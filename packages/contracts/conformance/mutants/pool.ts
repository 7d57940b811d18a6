import type { Pool } from '../../src/index.ts';
import type { Mutant } from './mutant.ts';
import { aheadMutants } from './pool-ahead.ts';
import { endingMutants } from './pool-ending.ts';
import { runningMutants } from './pool-running.ts';
import { sizeMutants } from './pool-size.ts';

export const poolMutants: readonly Mutant<Pool>[] = [
  ...runningMutants,
  ...endingMutants,
  ...sizeMutants,
  ...aheadMutants,
];
