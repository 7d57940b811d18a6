import { type Exam, type Harness, sitExam } from './exam.ts';
import { keeping } from './results/keeping.ts';
import { watching } from './results/watching.ts';
import type { ResultWorld } from './results/world.ts';

/** What every result backend must do. */
export const resultExam: Exam<ResultWorld> = [...keeping, ...watching];

export function resultConformance(harness: Harness<ResultWorld>): void {
  sitExam('results', resultExam, harness);
}
