/** Servers, a worker of each language and a client of each: where workflows of two languages are played. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AsyncResult, GroupResult } from 'lovage';
import { Lovage, TaskError } from 'lovage';
import { redisDatabase, startPostgres, startRedis } from '../../tools/services.ts';
import type { Peer } from '../python.ts';
import { pythonWorker } from '../python.ts';
import { type Kind, LOOK_OFTEN, tablesOf } from '../python-tables.ts';
import { begin } from './build.ts';
import { PythonClient } from './python-client.ts';
import type { Language, Recipe } from './recipe.ts';
import { defineTasks, type Ran } from './tasks.ts';

/** Generous: three files run at a time on two slow cores. Nothing waits so long unless something hangs. */
const PATIENCE_S = 60;

/** The outcome of a workflow that does not end. */
export const NEVER = { never: true } as const;

/** One workflow on its way. */
export interface Run {
  readonly tag: string;
  readonly client: Language;
  readonly recipe: Recipe;
  /** How many runs of tasks are to be expected. */
  readonly runs: number;
  /** It may not end: it is not waited for, but looked at when all else is over. */
  readonly lateOnly: boolean;
}

export interface Ended {
  /** A value, a list of such, an error with its text, or NEVER. */
  readonly outcome: unknown;
  /** What its tasks wrote down, sorted. */
  readonly ran: readonly string[];
}

type Result = AsyncResult | GroupResult;

export class Stage {
  readonly app: Lovage;
  readonly peer: Peer;
  readonly #python: PythonClient;
  readonly #ran: Ran;
  readonly #close: (() => Promise<unknown>)[];

  /** @param kind the tables that results are kept in; in Redis when undefined */
  static async open(kind?: Kind): Promise<Stage> {
    const redis = await startRedis();
    const notes = redisDatabase(redis, 1);
    const postgres = kind && (await startPostgres());
    const tables = postgres && (await tablesOf(kind, { postgres, redis, database: 'stage' }));
    const peer: Peer = tables
      ? { ...tables.peer, notes }
      : { broker: redisDatabase(redis, 0), backend: notes, queue: 'py' };
    const app = new Lovage('interop', {
      brokerUrl: peer.broker,
      resultBackend: tables?.ours ?? peer.backend,
      ...(tables ? { resultBackendTransportOptions: LOOK_OFTEN } : {}),
      // Where Celery counts nothing, its parts are found by looking.
      ...(kind === 'db+postgresql' ? { lovageChordRepairSeconds: 3 } : {}),
      taskAcksLate: true,
      lovageJsonTyped: false,
      lovageLogLevel: 'silent',
    });
    const ran: Ran = new Map();
    defineTasks(app, ran);
    const client = new PythonClient(peer);
    const [theirs, ours] = await Promise.all([
      pythonWorker(peer, '-I', 'counted'),
      app.worker({ concurrency: 4 }),
    ]);
    const close = [
      () => ours.stop('warm'),
      () => app.close(),
      () => client.stop(),
      () => theirs.stop(),
      () => redis.stop(),
      async () => postgres?.stop(),
    ];
    return new Stage(app, peer, client, ran, close);
  }

  private constructor(
    app: Lovage,
    peer: Peer,
    client: PythonClient,
    ran: Ran,
    close: (() => Promise<unknown>)[],
  ) {
    this.app = app;
    this.peer = peer;
    this.#python = client;
    this.#ran = ran;
    this.#close = close;
  }

  /** Runs code in the client of Python, beside Celery's classes of results; answers what it left in `answer`. */
  python<Answer>(text: string): Promise<Answer> {
    return this.#python.ask<Answer>('code', { text });
  }

  async close(): Promise<void> {
    for (const close of this.#close) await close();
  }

  /**
   * Begins all, and answers how each ended and what it ran, by its tag, once nothing of any of them is left to run.
   * What is left all the same when patience is at its end is told in `left`: keys of the broker.
   */
  async play(
    runs: readonly Run[],
  ): Promise<{ readonly ends: ReadonlyMap<string, Ended>; readonly left: readonly string[] }> {
    const deadline = Date.now() + PATIENCE_S * 1000;
    const patience = () => Math.max(0.1, (deadline - Date.now()) / 1000);
    const outcomes = new Map<string, unknown>();
    const results = new Map<string, Result>();
    for (const { tag, client, recipe } of runs) {
      const refused =
        client === 'ts' ? await this.#begin(tag, recipe, results) : await this.#theirs(tag, recipe);
      if (refused) outcomes.set(tag, refused);
    }
    const look = async (chosen: readonly Run[], seconds: () => number) => {
      const open = chosen.filter(({ tag }) => !outcomes.has(tag));
      const theirs = open.filter(({ client }) => client === 'py').map(({ tag }) => tag);
      const [ends] = await Promise.all([
        this.#python.ask<Record<string, unknown>>('ends', { runs: theirs, seconds: seconds() }),
        ...open.map(async ({ tag, client }) => {
          if (client === 'ts') outcomes.set(tag, await endOf(results.get(tag)!, seconds()));
        }),
      ]);
      for (const [tag, end] of Object.entries(ends)) outcomes.set(tag, end);
    };
    await look(
      runs.filter(({ lateOnly }) => !lateOnly),
      patience,
    );
    const { ran, left } = await this.#untilOver(runs, deadline);
    await look(runs, () => 0);
    const ends = runs.map(
      ({ tag }) => [tag, { outcome: plain(outcomes.get(tag)), ran: ran.get(tag)! }] as const,
    );
    return { ends: new Map(ends), left };
  }

  async #begin(tag: string, recipe: Recipe, results: Map<string, Result>): Promise<unknown> {
    try {
      results.set(tag, (await begin(this.app, recipe.toJSON())) as Result);
      return undefined;
    } catch (error) {
      const { name, message } = error as Error;
      return { refused: name, text: message };
    }
  }

  #theirs(tag: string, recipe: Recipe): Promise<unknown> {
    return this.#python.ask('begin', { run: tag, recipe });
  }

  /** Every expected run was seen and the broker is empty: what has not happened by then never will. */
  async #untilOver(runs: readonly Run[], deadline: number) {
    // Between taking a message and noting that it is out, Python's worker has it nowhere: so one look is not enough.
    for (let quiet = 0; ; ) {
      const ran = await this.#whatRan(runs);
      const complete = runs.every(({ tag, runs: expected }) => ran.get(tag)!.length >= expected);
      const left = await this.#python.ask<string[]>('busy');
      quiet = left.length === 0 ? quiet + 1 : 0;
      if (quiet >= (complete ? 3 : 30) || Date.now() > deadline) return { ran, left };
      await sleep(20);
    }
  }

  async #whatRan(runs: readonly Run[]): Promise<Map<string, readonly string[]>> {
    const theirs = await this.#python.ask<Record<string, string[]>>('ran', {
      runs: runs.map(({ tag }) => tag),
    });
    return new Map(runs.map(({ tag }) => [tag, [...theirs[tag]!, ...(this.#ran.get(tag) ?? [])].sort()]));
  }
}

async function endOf(result: Result, seconds: number): Promise<unknown> {
  if ('results' in result) return Promise.all(result.results.map((member) => endOf(member, seconds)));
  try {
    if (seconds === 0 && !(await result.ready())) return NEVER;
    const value = await result.get({ timeout: Math.max(seconds, 5), propagate: false });
    return value instanceof TaskError ? { error: value.type, text: value.message } : value;
  } catch (error) {
    if ((error as Error).name === 'TimeoutError') return NEVER;
    throw error;
  }
}

const UUID = /[0-9a-f]{8}-[0-9a-f-]{27}/g;
const LANGUAGE = /\bflow\.(ts|py)\./g;

/** Without what differs from run to run and from language to language: ids, and the prefixes of the tasks' names. */
const plain = (outcome: unknown): unknown =>
  JSON.parse((JSON.stringify(outcome) ?? 'null').replaceAll(UUID, '<id>').replaceAll(LANGUAGE, ''));
