import type { ScheduleStore } from '../../src/index.ts';
import type { Mutant } from './mutant.ts';
import { claimingMutants } from './schedules-claiming.ts';
import { definingMutants } from './schedules-defining.ts';
import { sendingMutants } from './schedules-sending.ts';

export const scheduleMutants: readonly Mutant<ScheduleStore>[] = [
  ...definingMutants,
  ...claimingMutants,
  ...sendingMutants,
];
