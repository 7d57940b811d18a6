import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

/** One question of an exam. */
export interface ExamCase<World> {
  /** A sentence about what holds; what `skip` refers to. */
  readonly name: string;
  /** Rejects where it does not hold. */
  run(world: World): Promise<void>;
  /** Longer than most, in ms; see `CASE_LIMIT_MS`. */
  readonly limitMs?: number;
}

export type Exam<World> = readonly ExamCase<World>[];

/** What is needed to sit an exam. */
export interface Harness<World extends ExamWorld> {
  /** The driver's name, for the report. */
  readonly name: string;
  /** A private, empty world. Called once per case. */
  fresh(): Promise<World>;
  /** Name of a case → why this driver cannot pass it. A name that no case has is an error. */
  readonly skip?: Readonly<Record<string, string>>;
  /** How many cases may run side by side. Default 4. */
  readonly concurrency?: number;
}

export interface ExamWorld {
  /** Leave nothing behind: connections, processes, files. */
  dispose(): Promise<void>;
}

/** What no case needs, on a machine at work with other things too; only one that hangs comes to it. */
export const CASE_LIMIT_MS = 60_000;

/** Thrown by a case that does not apply, given the traits of what is examined. */
export class NotApplicable extends Error {
  override readonly name = 'NotApplicable';
}

/** Skip the rest of this case unless `holds`. */
export function applies(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new NotApplicable(otherwise);
}

/** Run one case in a world of its own. Rejects with what the case rejects with. */
export async function runCase<World extends ExamWorld>(
  exam: ExamCase<World>,
  fresh: () => Promise<World>,
): Promise<void> {
  const world = await fresh();
  try {
    await exam.run(world);
  } finally {
    await world.dispose();
  }
}

/** Register an exam with node:test, one test a case. */
export function sitExam<World extends ExamWorld>(
  role: string,
  exam: Exam<World>,
  harness: Harness<World>,
): void {
  describe(`${role}: ${harness.name}`, { concurrency: harness.concurrency ?? 4 }, () => {
    for (const each of exam) {
      const options = { skip: harness.skip?.[each.name] ?? false, timeout: each.limitMs ?? CASE_LIMIT_MS };
      test(each.name, options, async (t) => {
        try {
          await runCase(each, harness.fresh);
        } catch (error) {
          if (!(error instanceof NotApplicable)) throw error;
          t.skip(error.message);
        }
      });
    }
    after(() => {
      const known = new Set(exam.map((each) => each.name));
      const unknown = Object.keys(harness.skip ?? {}).filter((name) => !known.has(name));
      assert.deepEqual(unknown, [], 'every skipped name must be a case of the exam');
    });
  });
}
