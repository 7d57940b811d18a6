/** Sends what is due. */
export { Beat } from './beat.ts';
export type { BeatClock } from './clock.ts';
export { BeatMetrics } from './metrics.ts';
export type { BeatOptions, BeatStore } from './options.ts';
export { runId } from './run-id.ts';
export type { SentRun } from './runs.ts';
export type { BeatStatus } from './status.ts';
