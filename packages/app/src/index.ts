/** What programs import to define tasks, call them and read their results. */

export { nearest } from '@lovage/contracts/kit';
export type {
  FailedRequest,
  Failure,
  Json,
  SignatureDict,
  StampHeaders,
  StampingVisitor,
  Stamps,
} from '@lovage/protocol';
export { App } from './app.ts';
export type { AppOptions } from './app-options.ts';
export { buildMessage } from './call/build-message.ts';
export { callOptionProblems } from './call/check-options.ts';
export type { SignatureCall } from './call/from-signature.ts';
export { messageFromSignature } from './call/from-signature.ts';
export type { CallOptions, Link } from './call/options.ts';
export type { Route, Router } from './call/routes.ts';
export type { NamedCall, PreparedCall } from './call/send.ts';
export { announceSent, prepareCall } from './call/send.ts';
export { Signature } from './call/signature.ts';
export { chain, chord, group } from './canvas/build.ts';
export { type ChordPlan, readChordPlan } from './canvas/chord-plan.ts';
export type { Apply, Departure } from './canvas/depart.ts';
export { departure, departureOfRest } from './canvas/depart.ts';
export type { StampOptions } from './canvas/stamping.ts';
export type { AnyWorkflow, DoesNotFit, ResultOf, ValueOf } from './canvas/types.ts';
export { Canvas, Group, Workflow } from './canvas/workflow.ts';
export type { RetryPolicy, Scheduler } from './config/checked-values.ts';
export { lowestFirst } from './config/lowest-first.ts';
export { oldName, SETTING_NAMES, snakeCase } from './config/names.ts';
export type { Drivers } from './config/open-drivers.ts';
export type { PeriodicStore } from './config/open-periodic.ts';
export { OPTIONS } from './config/options.ts';
export type { BuiltSetting, CeleryOnlySetting, Setting } from './config/setting.ts';
export type { Settings, SettingsInput } from './config/settings.ts';
export { shownSetting, shownSettings } from './config/shown-settings.ts';
export { ambientSpelling } from './config/sources.ts';
export type {
  ControlArgument,
  ControlArguments,
  ControlCommand,
  ControlCommandOptions,
  ControlFunction,
  ControlKind,
  ControlState,
} from './control/commands.ts';
export { BUILT_IN_COMMANDS } from './control/commands.ts';
export type { AddConsumerOptions, Control, PoolRestartOptions, RevokeOptions } from './control/control.ts';
export type { Inspect } from './control/inspect.ts';
export type { Answers, AskOptions, BroadcastOptions, CommandOptions, OnReply } from './control/options.ts';
export type { StampedHeaders } from './control/revoking.ts';
export type {
  DeadLetterFilter,
  DeadLetters,
  LettersTaken,
  ListOptions,
  WhichLetters,
} from './dead-letters/dead-letters.ts';
export type { DeadLetter } from './dead-letters/letter.ts';
export { keptAtMs, readLetter } from './dead-letters/letter.ts';
export type { DeadLetterKind } from './dead-letters/queues.ts';
export { DEAD_LETTER_KINDS, DEAD_LETTERS, QUARANTINE } from './dead-letters/queues.ts';
export type { TakenOut, Verdict } from './dead-letters/take-out.ts';
export { takeOut } from './dead-letters/take-out.ts';
export type { ErrbackDeparture } from './errback/depart.ts';
export { departureOfErrbacks } from './errback/depart.ts';
export { Errback, ErrbackSignature } from './errback/errback.ts';
export { failureOf, failureOfBody } from './errback/failure.ts';
export type { ErrorClass } from './errors.ts';
export {
  AlreadyRegistered,
  ChordError,
  ContentDisallowed,
  DeadLetterNotFound,
  Ignore,
  ImproperlyConfigured,
  InvalidArguments,
  InvalidCall,
  InvalidTaskError,
  LockLost,
  LockNotAcquired,
  LovageError,
  MaxRetriesExceededError,
  NotRegistered,
  OperationalError,
  QueueNotFound,
  Reject,
  Retry,
  SoftTimeLimitExceeded,
  TaskRevokedError,
  TimeLimitExceeded,
  TimeoutError,
  WorkerLostError,
  WouldBlockError,
} from './errors.ts';
export type { EventFields, Events } from './events/events.ts';
export { utcOffsetHours } from './events/origin.ts';
export type { EventReceiver, ReceivedEvent, ReceiverOptions } from './events/receiver.ts';
export { currentTask } from './execution/current.ts';
export type { TaskOutcome } from './execution/outcome.ts';
export type { PerformContext } from './execution/perform.ts';
export { perform } from './execution/perform.ts';
export type { TaskRequest } from './execution/request.ts';
export { requestFrom } from './execution/request-from.ts';
export type { RetryOptions, TaskSelf } from './execution/self.ts';
export { loadApp } from './load-app.ts';
export type { LockOptions } from './locks/options.ts';
export type { HeldLock, WithLock } from './locks/with-lock.ts';
export type { LoggerOptions } from './logger/create-logger.ts';
export { createLogger } from './logger/create-logger.ts';
export type { LogFields, Logger, LogLevel } from './logger/logger.ts';
export { maskField, maskUrls } from './logger/mask.ts';
export { nameProcess } from './logger/process-name.ts';
export type { FoundModule } from './module-file.ts';
export { findModule } from './module-file.ts';
export type { OpenApp } from './open-services.ts';
export { readHttpAddress } from './probes/address.ts';
export type { ProbeAnswer } from './probes/answer.ts';
export { probeText, probeVerdict } from './probes/answer.ts';
export type { Probes } from './probes/server.ts';
export { startProbes } from './probes/start.ts';
export type { GetOptions, TaskUpdate } from './result/async-result.ts';
export { AsyncResult } from './result/async-result.ts';
export type { MemberEnd } from './result/group-result.ts';
export { GroupResult } from './result/group-result.ts';
export { TaskError } from './result/task-error.ts';
export { sharedTask } from './shared-task.ts';
export type { PublishedTask, PublishingTask, Receiver, Sender, SignalPayloads, Signals } from './signals.ts';
export { Signal } from './signals.ts';
export type { NamedTaskOptions, ResolvedTaskOptions, TaskOptions } from './task/options.ts';
export type { RateLimit } from './task/rate-limit.ts';
export { parseRateLimit } from './task/rate-limit.ts';
export type { ScheduledRun, ScheduleOption, TaskSchedule } from './task/schedule.ts';
export type { MustBeSendable, NotSendable, Sendable } from './task/sendable.ts';
export type { SharedTask } from './task/shared.ts';
export type { StandardSchema } from './task/standard-schema.ts';
export type { AnyTask, Calls } from './task/task.ts';
export { Task } from './task/task.ts';
