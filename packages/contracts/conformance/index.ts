/** The exams: what every driver of a role, every pool and every serializer must pass. */

export type { BrokerWorld, RemoteDriver } from './broker/world.ts';
export { brokerConformance, brokerExam } from './broker.ts';
export type { BusWorld } from './bus.ts';
export { busConformance, busExam } from './bus.ts';
export type { ChordWorld } from './chords.ts';
export { chordConformance, chordExam } from './chords.ts';
export type { Exam, ExamCase, ExamWorld, Harness } from './exam.ts';
export { NotApplicable, runCase } from './exam.ts';
export type { GroupWorld } from './groups.ts';
export { groupConformance, groupExam } from './groups.ts';
export type { LockWorld } from './locks.ts';
export { lockConformance, lockExam } from './locks.ts';
export type { Mutant } from './mutants/index.ts';
export {
  brokerMutants,
  busMutants,
  chordMutants,
  groupMutants,
  lockMutants,
  poolMutants,
  resultMutants,
  revocationMutants,
  scheduleMutants,
  serializerMutants,
} from './mutants/index.ts';
export type { PoolOptions, PoolWorld } from './pool/world.ts';
export { poolConformance, poolExam } from './pool.ts';
export type { ResultWorld } from './results/world.ts';
export { resultConformance, resultExam } from './results.ts';
export type { RevocationWorld } from './revocations/world.ts';
export { revocationConformance, revocationExam } from './revocations.ts';
export type { ScheduleWorld } from './schedules/world.ts';
export { scheduleConformance, scheduleExam } from './schedules.ts';
export type { SerializerWorld } from './serializer.ts';
export { serializerConformance, serializerExam } from './serializer.ts';
