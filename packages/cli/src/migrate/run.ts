import type { App } from '@lovage/app';
import { CommandError, EXIT, UsageError } from '../exit.ts';
import type { Globals } from '../globals.ts';
import { knownQueues } from '../known-queues.ts';
import { counted, printJson } from '../output/texts.ts';
import { withApp } from '../with-app.ts';
import { copyMessages } from './copy.ts';
import { countWaiting, type Endpoint, openEndpoint } from './endpoint.ts';
import type { Job, Tally } from './job.ts';
import { moveMessages } from './move.ts';
import { showProgress, silence } from './progress.ts';
import { type QueueRoutes, refuseCircles } from './routes.ts';

export interface MigrateOptions extends Globals {
  readonly limit?: number;
  readonly timeout: number;
  readonly ackMessages?: boolean;
  readonly tasks?: readonly string[];
  readonly queues?: QueueRoutes;
  readonly forever?: boolean;
  readonly sourceOptions: Readonly<Record<string, unknown>>;
  readonly destinationOptions: Readonly<Record<string, unknown>>;
  readonly json?: boolean;
}

/** `lovage migrate SOURCE DESTINATION`. */
export async function migrate(from: string, to: string, options: MigrateOptions): Promise<void> {
  if (options.forever && !options.ackMessages) {
    throw new UsageError('--forever would copy the same messages again and again: give --ack-messages too.');
  }
  await withApp(options, async (app) => {
    await using source = await openEndpoint(from, options.sourceOptions);
    await using destination = await openEndpoint(to, options.destinationOptions);
    const routes = options.queues ?? new Map(knownQueues(app).map((name) => [name, name]));
    refuseCircles(from, to, routes);
    const outcome = await perform(app, source, destination, routes, options);
    if (options.json) printJson(document(outcome, source, destination, options));
    else console.log(summary(outcome, source, destination, options));
    if (!outcome.interrupted || options.forever) return;
    throw new CommandError('Stopped before the end. What has not been migrated is at the source.');
  });
}

interface Outcome {
  readonly tally: Tally;
  readonly interrupted: boolean;
  /** Messages that workers have claimed, which stay with them. */
  readonly claimed: number;
}

async function perform(
  app: App,
  source: Endpoint,
  destination: Endpoint,
  routes: QueueRoutes,
  options: MigrateOptions,
): Promise<Outcome> {
  const limit = options.limit ?? Number.POSITIVE_INFINITY;
  const queues = [...routes.keys()];
  // Neither may be away, and each is asked before anything is moved.
  const { waiting, claimed } = await countWaiting(source, queues);
  await countWaiting(destination, [...routes.values()]);

  const quiet = options.json || options.quiet;
  const progress = quiet ? silence : showProgress(Math.min(limit, waiting));
  using stop = stopOnSignals();
  const job: Job = {
    source,
    destination,
    routes,
    tasks: options.tasks ? new Set(options.tasks) : undefined,
    limit,
    timeoutMs: options.timeout * 1000,
    forever: options.forever ?? false,
    timezone: app.conf.timezone,
    signal: stop.signal,
    onProgress: progress.report,
  };
  try {
    const tally = await (options.ackMessages ? moveMessages(job) : copyMessages(job));
    return { tally, interrupted: stop.signal.aborted, claimed };
  } finally {
    progress.end();
  }
}

/** Ctrl+C ends the batch that is under way, and then the migration; a second one ends the process. */
function stopOnSignals(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const on = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.failed);
    controller.abort();
  };
  for (const signal of signals) process.on(signal, on);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const signal of signals) process.off(signal, on);
    },
  };
}

/** For programs. */
function document(
  { tally, claimed, interrupted }: Outcome,
  source: Endpoint,
  destination: Endpoint,
  { ackMessages }: MigrateOptions,
): Record<string, unknown> {
  return {
    source: source.label,
    destination: destination.label,
    migrated: tally.total,
    queues: Object.fromEntries(tally.byQueue),
    kept_at_source: !ackMessages,
    passed_over: tally.passedOver,
    unreadable: tally.unreadable,
    on_both_sides: tally.twice,
    claimed_by_workers: claimed,
    interrupted,
  };
}

function summary(
  { tally, claimed }: Outcome,
  source: Endpoint,
  destination: Endpoint,
  { ackMessages }: MigrateOptions,
): string {
  const queues = [...tally.byQueue].map(([queue, count]) => `${queue} ${count}`);
  const details = queues.length > 0 ? ` (${queues.join(', ')})` : '';
  const verb = ackMessages ? 'Moved' : 'Copied';
  const notes: readonly (readonly [count: number, note: string])[] = [
    [ackMessages ? 0 : tally.total, 'They are at the source as well: --ack-messages takes them away there.'],
    [tally.passedOver, `${counted(tally.passedOver, 'message')} of other tasks stayed where they were.`],
    [
      tally.unreadable,
      `${counted(tally.unreadable, 'message')} could not be read, and stayed where they were.`,
    ],
    [tally.twice, `${counted(tally.twice, 'message')} came to be on both sides: the source was too slow.`],
    [claimed, `${counted(claimed, 'message')} are with workers of the source, and stay with them.`],
  ];
  return [
    `${verb} ${counted(tally.total, 'message')}${details} from ${source.label} to ${destination.label}.`,
    ...notes.filter(([count]) => count > 0).map(([, note]) => note),
  ].join('\n');
}
