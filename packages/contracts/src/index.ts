/**
 * What the core of Lovage and its drivers promise each other.
 *
 * task        the function a user wrote, under a name
 * signature   a call of a task, not yet sent
 * message     a call that was sent; `envelope` is its form on the way
 * delivery    an envelope claimed by one consumer
 * claim, renew, settle   the three verbs of a consumer
 * done, release, reject  the three endings of a delivery
 * execution   one run of a task; `outcome` is how it ended; `conclusion` what must follow
 * record      what a result backend keeps of a task
 * traits      what a driver is like, as data
 * exam        a suite in `conformance/` that every driver of a role must pass
 */
export type {
  Binding,
  Broker,
  BrokerTraits,
  ConsumeOptions,
  Consumer,
  DelayedMessage,
  Delivery,
  PublishOptions,
  QueueDepth,
  QueueSpec,
  Settlement,
} from './broker.ts';
export type { BusChannel, BusListener, BusMessage, EventBus, ListenOptions } from './bus.ts';
export type { Clock } from './clock.ts';
export type {
  Driver,
  DriverFactory,
  DriverOptions,
  DriverRole,
  DriverWith,
  SchemaVersions,
} from './driver.ts';
export type { Envelope, OutgoingMessage } from './envelope.ts';
export type { DriverErrorCode } from './errors.ts';
export { DecodeError, DriverError } from './errors.ts';
export type { Lock, LockStore } from './locks.ts';
export type {
  ErrorDetails,
  Pool,
  PoolAhead,
  PoolContext,
  PoolEntry,
  PoolJob,
  PoolOutcome,
  PoolTraits,
  PoolWorkerFacts,
} from './pool.ts';
export { TimeLimit } from './pool.ts';
export type {
  ChordArrival,
  ChordMember,
  ChordOpening,
  ChordPart,
  ChordProgress,
  ChordStore,
  GroupStore,
  ResultBackend,
  ResultRecord,
  ResultTraits,
  ResultWatch,
  ReviewedChord,
  TaskState,
} from './results.ts';
export type { Revocation, RevocationChanges, RevocationStore } from './revocations.ts';
export { REVOCATION_TEXT_MAX, REVOCATIONS_KEPT } from './revocations.ts';
export type {
  ClaimOptions,
  KeptMessage,
  RunClaim,
  ScheduleChange,
  ScheduleDefinition,
  ScheduleStore,
  ScheduleTraits,
  StoredSchedule,
} from './schedules.ts';
export { PUT_TOGETHER } from './schedules.ts';
export type { Compressor, Serializer } from './serializer.ts';
