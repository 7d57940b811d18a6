import { type Exam, type Harness, sitExam } from './exam.ts';
import { ahead } from './pool/ahead.ts';
import { ending } from './pool/ending.ts';
import { restarting } from './pool/restarting.ts';
import { running } from './pool/running.ts';
import { size } from './pool/size.ts';
import type { PoolWorld } from './pool/world.ts';

/** What every pool must do. */
export const poolExam: Exam<PoolWorld> = [...running, ...ending, ...size, ...restarting, ...ahead];

/** Cases run two at a time unless told otherwise: workers are processes. */
export function poolConformance(harness: Harness<PoolWorld>): void {
  sitExam('pool', poolExam, { concurrency: 2, ...harness });
}
