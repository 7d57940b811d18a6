export { brokerMutants } from './broker.ts';
export { busMutants } from './bus.ts';
export { chordMutants } from './chords.ts';
export { lockMutants } from './locks.ts';
export type { Mutant } from './mutant.ts';
export { poolMutants } from './pool.ts';
export { resultMutants } from './results.ts';
export { scheduleMutants } from './schedules.ts';
export { serializerMutants } from './serializer.ts';
