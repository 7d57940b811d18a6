import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  type Exam,
  type ExamCase,
  type ExamWorld,
  type Mutant,
  NotApplicable,
  runCase,
} from '@lovage/contracts/conformance';

/** A mutant that makes a case hang has been noticed as well: when it takes this much longer than unbroken. */
function hangsAfter(unbrokenMs: number): number {
  return 2000 + 5 * unbrokenMs;
}

/** A process that stands still for 200 ms sees nothing of what came 100 ms early. What no case notices, none does so often. */
const TRIES = 4;

export interface Proof<Role, World extends ExamWorld> {
  readonly role: string;
  readonly exam: Exam<World>;
  readonly mutants: readonly Mutant<Role>[];
  /** A world, right but for what `mutate` does to each role it hands out. */
  readonly world: (mutate: (role: Role) => Role) => Promise<World>;
  /** Cases that no mutant can be made for by wrapping, and why. */
  readonly unproved?: Readonly<Record<string, string>>;
  /** Mutants tried side by side. Default 10: more would hold each other up beyond the leases of the cases. */
  readonly concurrency?: number;
}

/** Each mutant must fail the case it names, which the unbroken role passes; each case must have its mutant. */
export function prove<Role, World extends ExamWorld>(proof: Proof<Role, World>): void {
  const { role, exam, mutants, world, unproved = {}, concurrency = 10 } = proof;
  const caseNamed = (name: string) => {
    const found = exam.find((each) => each.name === name);
    assert.ok(found, `the exam has no case '${name}'`);
    return found;
  };

  const durations = new Map<string, Promise<number>>();
  /** How long the case takes unbroken, in ms. It must pass then: else it might fail for everybody. */
  const unbrokenMs = (each: ExamCase<World>): Promise<number> => {
    const measured = durations.get(each.name) ?? measure(runCase(each, () => world((right) => right)));
    durations.set(each.name, measured);
    return measured;
  };

  suite(`mutants: ${role}`, { concurrency }, () => {
    test('every case has a mutant', () => {
      const proved = new Set(mutants.map((mutant) => mutant.noticedBy));
      const missing = exam.map((each) => each.name).filter((name) => !proved.has(name));
      assert.deepEqual(missing.sort(), Object.keys(unproved).sort());
    });

    for (const mutant of mutants) {
      test(`${mutant.name}: noticed`, { timeout: 60_000 }, async () => {
        const noticed = caseNamed(mutant.noticedBy);
        const limitMs = hangsAfter(await unbrokenMs(noticed));
        let error: unknown;
        for (let tries = 0; tries < TRIES && error === undefined; tries += 1) {
          error = await failureOf(noticed, await world((right) => mutant.mutate(right)), limitMs);
        }
        assert.ok(error !== undefined, `'${mutant.noticedBy}' passes although it ${mutant.name}`);
        assert.ok(!(error instanceof NotApplicable), `'${mutant.noticedBy}' does not apply`);
        assert.ok(!(error instanceof ReferenceError), `the mutant itself is broken: ${error}`);
      });
    }
  });
}

async function measure(run: Promise<void>): Promise<number> {
  const began = performance.now();
  await run;
  return performance.now() - began;
}

/** What the case rejects with; 'hangs' when it does not end; undefined when it passes. */
async function failureOf<World extends ExamWorld>(
  noticed: ExamCase<World>,
  world: World,
  limitMs: number,
): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const timer = setTimeout(() => resolve('hangs'), limitMs);
  noticed.run(world).then(
    () => resolve(undefined),
    (error) => resolve(error ?? 'rejected'),
  );
  const failure = await promise;
  clearTimeout(timer);
  // Also where it hangs: nothing may be left behind.
  await world.dispose();
  return failure;
}
