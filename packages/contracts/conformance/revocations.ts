import { type Exam, type Harness, sitExam } from './exam.ts';
import { following } from './revocations/following.ts';
import { keeping } from './revocations/keeping.ts';
import type { RevocationWorld } from './revocations/world.ts';

/** What every revocation store must do. */
export const revocationExam: Exam<RevocationWorld> = [...keeping, ...following];

export function revocationConformance(harness: Harness<RevocationWorld>): void {
  sitExam('revocations', revocationExam, harness);
}
