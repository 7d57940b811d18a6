import { wirePriority } from '../kombu.ts';
import { isRecord } from '../plain.ts';
import type { SignatureDict } from '../signature.ts';
import type { Embed } from '../task-body.ts';

/**
 * What follows a task, with the priorities in it turned around. In messages over kombu's Redis transport the lowest
 * number goes first, in others and with us the highest. Turned twice it is the same again.
 */
export function prioritiesTurned(embed: Embed): Embed {
  const { callbacks, errbacks, chain, chord } = embed;
  if (!callbacks && !errbacks && !chain && !chord) return embed;
  return {
    callbacks: callbacks?.map(turned) ?? null,
    errbacks: errbacks?.map(turned) ?? null,
    chain: chain?.map(turned) ?? null,
    chord: chord && turned(chord),
  };
}

/** A chord's body goes into each part of its header: it is turned once. Forgotten with the signature. */
const known = new WeakMap<object, SignatureDict>();

function turned(signature: SignatureDict): SignatureDict {
  let done = known.get(signature);
  if (!done) {
    done = turnedIn(signature) as unknown as SignatureDict;
    known.set(signature, done);
  }
  return done;
}

/** Within a signature it may be one that Celery wrote, from which something is left out. */
function turnedIn(signature: object): Record<string, unknown> {
  const { options, kwargs, ...rest } = signature as Record<string, unknown>;
  // The keyword arguments of a plain task are its own, whatever their names.
  const parts = WHOLES.has(rest['subtask_type']) ? PARTS : [];
  return {
    ...rest,
    ...(kwargs === undefined ? {} : { kwargs: changed(kwargs, parts, turnedPart) }),
    ...(options === undefined ? {} : { options: changed(options, OPTIONS, turnedOption) }),
  };
}

/** What is made of signatures, and where it has them. */
const WHOLES: ReadonlySet<unknown> = new Set(['chain', 'group', 'chord']);
const PARTS = ['tasks', 'header', 'body'] as const;
const OPTIONS = ['priority', 'link', 'link_error', 'chain', 'chord'] as const;

const turnedOption = (value: unknown): unknown =>
  typeof value === 'number' ? wirePriority(value) : turnedPart(value);

/** A signature or a list of them. What is neither stays as it is. */
function turnedPart(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turnedPart);
  if (!isRecord(value) || typeof value['task'] !== 'string') return value;
  return turned(value as unknown as SignatureDict);
}

function changed(values: unknown, names: readonly string[], change: (value: unknown) => unknown): unknown {
  if (!isRecord(values)) return values;
  const mine = names.filter((name) => Object.hasOwn(values, name));
  return { ...values, ...Object.fromEntries(mine.map((name) => [name, change(values[name])])) };
}
