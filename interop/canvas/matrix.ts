/** Workflows written once, begun in either language and run in all mixes of both, with the same values and the same runs. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { requireService } from '../../tools/services.ts';
import type { Kind } from '../python-tables.ts';
import { type Calls, callsOf, LANGUAGES, type Language, type Recipe } from './recipe.ts';
import { NEVER, Stage } from './stage.ts';

/** Who begins a workflow, and in which languages its tasks run. */
export interface Mix {
  readonly client: Language;
  readonly x: Language;
  readonly y: Language;
}

/** How a workflow ends: what its caller sees, and how often each task ran. */
export interface Ending {
  readonly gives: unknown;
  readonly runs: Readonly<Record<string, number>>;
}

/** A workflow, written with tasks of `x` and tasks of `y`. */
export interface Twin extends Ending {
  readonly flow: (x: Calls, y: Calls) => Recipe;
  /** Where Celery, or we on purpose, do otherwise: the first that fits says what happens there. */
  readonly differs?: readonly Difference[];
}

export interface Difference extends Partial<Ending> {
  readonly why: string;
  readonly where: (mix: Mix) => boolean;
  /** Its result is written twice: what stands when all is over counts. */
  readonly late?: true;
  /** It does not end the same way each time: only that it comes to rest is asserted. */
  readonly varies?: true;
  /** A fault of ours that is known and not mended yet. */
  readonly todo?: true;
}

export type Twins = Readonly<Record<string, Twin>>;

const MIXES: readonly Mix[] = LANGUAGES.flatMap((client) =>
  LANGUAGES.flatMap((x) => LANGUAGES.map((y) => ({ client, x, y }))),
);

/**
 * Declares the tests of one table of twins.
 *
 * @param kind the tables that results are kept in; in Redis when undefined
 */
export function matrix(title: string, twins: Twins, kind?: Kind): void {
  const skip =
    requireService('redis') ||
    requireService('celery') ||
    (kind ? requireService('postgres') || requireService('django') : false);
  describe(title, { skip, timeout: 170_000 }, () => {
    let stage: Stage | undefined;
    before(async () => {
      stage = await Stage.open(kind);
    });
    after(() => stage?.close());

    for (const mix of MIXES) {
      const { client, x, y } = mix;
      test(`begun in ${client}, x runs in ${x} and y in ${y}`, async (t) => {
        const { ends, left } = await play(stage!, twins, mix);
        await t.test('all comes to rest', () => assert.deepEqual(left, []));
        for (const [name, twin] of Object.entries(twins)) {
          const { why, varies, todo, gives, runs } = expectedOf(twin, mix);
          const { outcome, ran } = ends.get(tagOf(name, mix))!;
          await t.test(why ? `${name} (${why})` : name, { todo: todo ? (why ?? true) : false }, () => {
            if (!varies) assert.deepEqual({ gives: outcome, runs: counted(ran) }, { gives, runs });
          });
        }
      });
    }
  });
}

function play(stage: Stage, twins: Twins, mix: Mix): ReturnType<Stage['play']> {
  return stage.play(
    Object.entries(twins).map(([name, twin]) => {
      const tag = tagOf(name, mix);
      const { gives, runs, late, varies, todo } = expectedOf(twin, mix);
      return {
        tag,
        client: mix.client,
        recipe: twin.flow(callsOf(mix.x, tag), callsOf(mix.y, tag)),
        runs: varies || todo ? 0 : Object.values(runs).reduce((sum, n) => sum + n, 0),
        lateOnly: late || varies || todo || JSON.stringify(gives).includes(JSON.stringify(NEVER)),
      };
    }),
  );
}

const tagOf = (name: string, { client, x, y }: Mix): string => `${name} ${client} ${x} ${y}`;

function expectedOf({ gives, runs, differs = [] }: Twin, mix: Mix): Ending & Partial<Difference> {
  const { where: _, ...difference } = differs.find(({ where }) => where(mix)) ?? { where: undefined };
  return { gives, runs, ...difference };
}

function counted(ran: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const each of ran) counts[each] = (counts[each] ?? 0) + 1;
  return counts;
}

/** What a task's failure is to its caller. */
export const broken = (text = 'no') => ({ error: 'Broken', text });
/** What the body of a chord ends with when a part failed. */
export const chordError = (cause = "Broken('no')") => ({
  error: 'ChordError',
  text: `Dependency <id> raised ${cause}`,
});
