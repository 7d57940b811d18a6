import type { ControlArguments } from './commands.ts';
import type { Answers, AskOptions, BroadcastOptions } from './options.ts';

/** What Inspect asks through: `app.control`. */
interface Asks {
  broadcast(method: string, options: BroadcastOptions): Promise<readonly Answers[]>;
}

/**
 * Questions to running workers, in both languages. Each answers `{ node: answer }`, of the nodes that answered
 * within `timeout`; `{}` when none did. What a node says is passed on unchecked; where its command failed it is `{ error }`.
 *
 * @example
 * const active = await app.control.inspect({ timeout: 2 }).active();
 */
export class Inspect {
  readonly #control: Asks;
  readonly #options: AskOptions;

  /** `app.control.inspect(options)` makes it. */
  constructor(control: Asks, options: AskOptions) {
    this.#control = control;
    this.#options = options;
  }

  /** `{ ok: 'pong' }` */
  ping(): Promise<Answers> {
    return this.call('ping');
  }

  /** What runs now: a list of tasks. With `safe`, their arguments as texts. */
  active({ safe = null }: { readonly safe?: boolean | null } = {}): Promise<Answers> {
    return this.call('active', { safe });
  }

  /** What a worker holds and has not started. */
  reserved(): Promise<Answers> {
    return this.call('reserved');
  }

  /** What is not due yet: a list of `{ eta, priority, request }`. */
  scheduled(): Promise<Answers> {
    return this.call('scheduled');
  }

  /** Ids that must not run. */
  revoked(): Promise<Answers> {
    return this.call('revoked');
  }

  /** Names of tasks; with `items` such as 'max_retries', with their values. */
  registered(...items: readonly string[]): Promise<Answers> {
    return this.call('registered', { taskinfoitems: items });
  }

  /** Counts, the pool, the broker, resources. */
  stats(): Promise<Answers> {
    return this.call('stats');
  }

  /** Settings, secrets masked: those given, or all. */
  conf({ withDefaults = false }: { readonly withDefaults?: boolean } = {}): Promise<Answers> {
    return this.call('conf', { with_defaults: withDefaults });
  }

  /** The queues a worker consumes. */
  activeQueues(): Promise<Answers> {
    return this.call('active_queues');
  }

  /** `{ ok }` with a text about versions and settings. */
  report(): Promise<Answers> {
    return this.call('report');
  }

  /** Of these ids, the ones a worker has: `{ id: [state, task] }`. */
  queryTask(ids: string | readonly string[]): Promise<Answers> {
    return this.call('query_task', { ids: typeof ids === 'string' ? [ids] : ids });
  }

  /** The Lamport clock: `{ clock }`. */
  clock(): Promise<Answers> {
    return this.call('clock');
  }

  /** A worker greets others with it: they take over what it has revoked, and answer theirs. */
  hello(fromNode: string, revoked: Readonly<Record<string, unknown>> = {}): Promise<Answers> {
    return this.call('hello', { from_node: fromNode, revoked });
  }

  /** The resident memory as a text. */
  memsample(): Promise<Answers> {
    return this.call('memsample');
  }

  /** The samples taken by `memsample`. */
  memdump(samples = 10): Promise<Answers> {
    return this.call('memdump', { samples });
  }

  /** A graph of uncollected objects, in a file of the worker's machine. Python's workers only. */
  objgraph({
    type = 'Request',
    num = 200,
    maxDepth = 10,
  }: {
    readonly type?: string;
    readonly num?: number;
    readonly maxDepth?: number;
  } = {}): Promise<Answers> {
    return this.call('objgraph', { num, max_depth: maxDepth, type });
  }

  /** Any command by its name on the wire, such as one of the user's own, and arguments under their Python names. */
  async call(method: string, args: ControlArguments = {}): Promise<Answers> {
    const answers = await this.#control.broadcast(method, { ...this.#options, arguments: args, reply: true });
    return Object.fromEntries(answers.flatMap((each) => Object.entries(each)));
  }
}
