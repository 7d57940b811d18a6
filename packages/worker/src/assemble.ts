import type { App, Drivers, Logger } from '@lovage/app';
import { DEAD_LETTERS, QUARANTINE } from '@lovage/app';
import type {
  Broker,
  Consumer,
  Delivery,
  OutgoingMessage,
  Pool,
  QueueSpec,
  Settlement,
} from '@lovage/contracts';
import type { TaskHeaders } from '@lovage/protocol';
import { argsRepr, saferepr } from '@lovage/protocol';
import { Admission } from './admission.ts';
import { Autoscaler, autoscaleKeepaliveMs } from './autoscaler.ts';
import { ChordRepair } from './chord-repair.ts';
import { Chords } from './chords.ts';
import { Completer } from './completer.ts';
import { ConsumedQueues } from './consumed-queues.ts';
import { DeadLetterOffice } from './dead-letters.ts';
import { EventDispatcher } from './events/dispatcher.ts';
import { Heart } from './events/heart.ts';
import { Executions } from './executions.ts';
import type { WorkerMetrics } from './health/metrics.ts';
import { Intake } from './intake.ts';
import { Leases } from './leases.ts';
import { LetterSweeper } from './letter-sweeper.ts';
import { TimeLimitTable } from './limits.ts';
import type { WorkerPlan } from './options.ts';
import { prefetchOf } from './options.ts';
import { Quarantine } from './quarantine.ts';
import { RateLimits } from './rate-limits/rate-limits.ts';
import { readRequest } from './read-request.ts';
import type { RevokedKeeper } from './revoked/index.ts';
import type { TaskRunner } from './runner.ts';
import { Sweeper } from './sweeper.ts';
import { Trimmer } from './trimmer.ts';
import { LogWitness } from './witness/log.ts';
import { TaskEvents } from './witness/task-events.ts';
import type { Totals } from './witness/totals.ts';
import { Witnesses } from './witness/witness.ts';
import { WorkerVerdicts } from './worker-verdicts.ts';

/** The parts that exist once a worker runs. */
export interface Running {
  readonly broker: Broker;
  readonly consumer: Consumer;
  readonly revoked: RevokedKeeper;
  readonly queues: ConsumedQueues;
  readonly completer: Completer;
  readonly chords: Chords;
  readonly limits: TimeLimitTable;
  readonly executions: Executions;
  readonly intake: Intake;
  readonly leases: Leases;
  readonly sweeper: Sweeper | undefined;
  /** Undefined where the result store counts no chords. */
  readonly chordRepair: ChordRepair | undefined;
  /** Undefined where the store has no bus to send them over. */
  readonly events: EventDispatcher | undefined;
  readonly quarantine: Quarantine;
  /** Holds the dead letters to their size. */
  readonly letterTrimmer: Trimmer;
  /** Undefined where they are kept for ever. */
  readonly letterSweeper: LetterSweeper | undefined;
  readonly heart: Heart | undefined;
  readonly autoscaler: Autoscaler | undefined;
}

export interface Ingredients {
  readonly app: App;
  readonly plan: WorkerPlan;
  readonly drivers: Drivers;
  readonly queues: readonly QueueSpec[];
  readonly pool: Pool;
  readonly consumer: Consumer;
  readonly runner: TaskRunner;
  readonly revoked: RevokedKeeper;
  readonly totals: Totals;
  /** Undefined where nobody can ask for them. */
  readonly metrics: WorkerMetrics | undefined;
  readonly log: Logger;
  /** Claiming will never work again. */
  readonly onDead: (error: unknown) => void;
}

/** Puts a worker together. Nothing of it moves yet but the renewal of leases. */
export function assemble(ingredients: Ingredients): Running {
  const { app, plan, drivers, pool, consumer, runner, revoked, totals, metrics, log } = ingredients;
  const { broker, results, bus } = drivers;
  const { hostname } = plan;
  const together = drivers.oneStore && broker.traits.atomicResults;

  const events =
    bus && new EventDispatcher({ bus, hostname, clock: app.clock, log, taskEvents: plan.taskEvents });
  const witness = new Witnesses([
    new LogWitness(log),
    totals,
    ...(events ? [taskEvents(app, hostname, events)] : []),
    ...(metrics ? [metrics] : []),
  ]);
  const completer = new Completer({
    ...{ consumer, broker, results, together, log },
    // As Celery, also of retries and of the next task of a chain; but not of what is kept for people.
    onSent: app.conf.taskSendSentEvent
      ? (messages) => app.events.sent(messages.filter(isCall), bus)
      : undefined,
  });
  const chords = new Chords({
    ...{ app, results, completer, hostname, log },
    foreignPeers: broker.traits.foreignPeers,
  });
  const limits = new TimeLimitTable(app, plan);
  const verdicts = new WorkerVerdicts(app, hostname, runner);
  const quarantine = new Quarantine({ broker, max: app.conf.lovageQuarantineMax, log });
  const letterTrimmer = new Trimmer({
    ...{ broker, queue: DEAD_LETTERS, name: 'the dead letters', log },
    ...{ max: app.conf.lovageDeadLettersMax, setting: 'lovageDeadLettersMax' },
  });
  const deadLetters = new DeadLetterOffice({ app, hostname, quarantine, trimmer: letterTrimmer });
  const describes = () => log.enabled('info') || (events?.tasksOn ?? false);
  const executions = new Executions({
    ...{ app, plan, pool, completer, chords, limits, verdicts, deadLetters, witness, describes, log },
  });
  const admission = new Admission({
    ...{ app, hostname, completer, chords, verdicts, quarantine, witness, log },
    maxDeliveries: plan.maxDeliveries,
    keepsResults: results !== undefined,
    isRevoked: (headers, nowMs) => revoked.has(headers, nowMs),
  });
  const rateLimits = new RateLimits({
    own: (task) => app.tasks.get(task)?.options.rateLimit,
    disabled: app.conf.workerDisableRateLimits,
  });
  const settle = (settlement: Settlement) => completer.add({ records: [], followUps: [], settlement });
  const intake = new Intake({
    ...{ consumer, pool, admission, executions, rateLimits, log, onDead: ingredients.onDead },
    prefetch: () => prefetchOf(plan, pool.size),
    slots: () => autoscaler?.max ?? pool.size,
    onWork: () => autoscaler?.check(),
    park: (delivery, untilMs) => settle({ kind: 'defer', delivery, notBefore: untilMs }),
    release: (deliveries) => {
      for (const delivery of deliveries) settle({ kind: 'release', delivery });
    },
    settled: () => completer.caughtUp(),
  });
  const autoscaler =
    plan.autoscale &&
    new Autoscaler({
      ...{ pool, range: plan.autoscale, log },
      queued: () => executions.count + intake.waiting().length,
      keepaliveMs: autoscaleKeepaliveMs(process.env),
      onRange: () => intake.look(),
    });
  const leases = new Leases({
    ...{ consumer, leaseMs: plan.leaseMs, log },
    held: () => intake.held(),
    onLost: (lost) => executions.abandon(lost),
  });
  const heart =
    events && plan.heartbeatMs !== undefined
      ? new Heart({
          dispatcher: events,
          everyMs: plan.heartbeatMs,
          pulse: () => ({ active: executions.count, processed: totals.all }),
          onBeat: () => void app.signals.heartbeatSent.send(hostname, {}),
        })
      : undefined;
  const queues = new ConsumedQueues(broker, consumer, ingredients.queues);
  const sweeper = results && new Sweeper(results, log);
  const expires = app.conf.lovageDeadLettersExpires;
  const letterSweeper = expires ? new LetterSweeper({ broker, ttlMs: expires * 1000, log }) : undefined;
  const chordRepair =
    results?.chords &&
    new ChordRepair({
      ...{ app, results, store: results.chords, chords, log },
      afterMs: app.conf.lovageChordRepairSeconds * 1000,
    });
  return {
    broker,
    consumer,
    revoked,
    queues,
    completer,
    chords,
    limits,
    executions,
    intake,
    leases,
    sweeper,
    chordRepair,
    events,
    quarantine,
    letterTrimmer,
    letterSweeper,
    heart,
    autoscaler,
  };
}

const isCall = ({ queue }: OutgoingMessage): boolean => queue !== QUARANTINE && queue !== DEAD_LETTERS;

function taskEvents(app: App, hostname: string, dispatcher: EventDispatcher): TaskEvents {
  return new TaskEvents({
    dispatcher,
    wants: (task) => app.tasks.get(task)?.options.sendEvents ?? true,
    describe: (delivery, headers) => shownArguments(app, hostname, delivery, headers),
  });
}

/** Empty where the body cannot be read: that is reported when the task is to run. */
function shownArguments(app: App, hostname: string, delivery: Delivery, headers: TaskHeaders) {
  try {
    const { args, kwargs } = readRequest(app, hostname, delivery, headers).request;
    return { args: argsRepr(args, MAX_SHOWN), kwargs: saferepr(kwargs, { maxLength: MAX_SHOWN }) };
  } catch {
    return { args: '', kwargs: '' };
  }
}

/** Of the arguments, as Celery's `argsrepr_maxsize`. */
const MAX_SHOWN = 1024;
