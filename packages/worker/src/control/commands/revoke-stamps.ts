import { REVOCATION_TEXT_MAX, REVOCATIONS_KEPT } from '@lovage/contracts';
import { saferepr } from '@lovage/protocol';
import { stampText } from '../../revoked/index.ts';
import { wrong } from '../arguments.ts';
import type { Command, CommandContext } from '../command.ts';
import { ok } from '../command.ts';
import type { HeldTask } from '../panel.ts';
import type { NamedSignal } from '../signal-names.ts';
import { readSignal } from '../signal-names.ts';

/** Values by header. */
type Stamps = ReadonlyMap<string, readonly string[]>;

/** Tasks that must not run, by what they were stamped with (Celery 5.3 and later). Answers show Python's dicts. */
export const revokeStampsCommand: Command = {
  name: 'revoke_by_stamped_headers',
  required: ['headers'],
  optional: ['terminate', 'signal'],
  run({ panel, log }, args) {
    const signal = readSignal(args['signal']);
    const stamps = readStamps(args['headers']);
    panel.tasks.revoke(
      [...stamps].flatMap(([header, values]) =>
        values.map((value) => ({ kind: 'stamp' as const, header, value })),
      ),
    );
    const shown = `headers ${saferepr(shownStamps(args['headers'], stamps))}`;
    if (!args['terminate']) {
      log.info(`Tasks flagged as revoked by ${shown}`);
      return ok(`${shown} flagged as revoked, but not terminated`);
    }
    const ended = terminate({ panel, log }, stamps, signal);
    if (ended.size === 0) return ok(`${shown} were not terminated`);
    return ok(`headers defaultdict(<class 'set'>, ${saferepr(ended)}) revoked`);
  },
};

/** A dict of values or lists of them, or texts such as 'customer=acme', as a command line gives them. */
function readStamps(given: unknown): Stamps {
  const pairs = typeof given === 'string' ? [given] : given;
  const entries = Array.isArray(pairs) ? pairs.map(readPair) : entriesOf(given);
  const stamps = new Map<string, readonly string[]>();
  for (const [header, value] of entries) {
    const values = (Array.isArray(value) ? value : [value]) as readonly unknown[];
    if (values.length === 0 || ![header, ...values].every(isStamp)) throw notStamps();
    stamps.set(header, [...(stamps.get(header) ?? []), ...values.map(stampText)]);
  }
  const count = [...stamps.values()].reduce((sum, { length }) => sum + length, 0);
  if (count === 0) throw notStamps();
  if (count > REVOCATIONS_KEPT)
    throw new RangeError(`at most ${REVOCATIONS_KEPT} values are revoked at once`);
  return stamps;
}

function entriesOf(given: unknown): readonly (readonly [string, unknown])[] {
  if (typeof given !== 'object' || given === null) throw notStamps();
  return Object.entries(given);
}

function readPair(text: unknown): readonly [string, unknown] {
  const equals = typeof text === 'string' ? text.indexOf('=') : -1;
  if (typeof text !== 'string' || equals < 1) throw notStamps();
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function isStamp(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  const { length } = stampText(value);
  return length > 0 && length <= REVOCATION_TEXT_MAX;
}

const notStamps = () =>
  wrong('headers', "values by header, as in {'customer': ['acme']} or ['customer=acme']");

/** As Celery repeats it: a dict as it came, pairs as the dict that they make. */
function shownStamps(given: unknown, stamps: Stamps): unknown {
  if (typeof given === 'object' && !Array.isArray(given)) return given;
  return new Map([...stamps].map(([header, values]) => [header, values.length === 1 ? values[0] : values]));
}

/** Ends what runs under one of the stamps; answers the stamps that it was found by. */
function terminate(
  { panel, log }: Pick<CommandContext, 'panel' | 'log'>,
  wanted: Stamps,
  signal: NamedSignal,
): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  const matches = (task: HeldTask): boolean => {
    let matched = false;
    for (const [header, values] of wanted) {
      for (const value of stampsOf(task, header).filter((each) => values.includes(each))) {
        found.set(header, (found.get(header) ?? new Set()).add(value));
        matched = true;
      }
    }
    return matched;
  };
  const ended = panel.tasks.terminate(matches, signal.name);
  for (const id of ended) log.info(`Terminating ${id} (${signal.number})`);
  return found;
}

function stampsOf({ headers }: HeldTask, header: string): readonly string[] {
  if (!headers.stampedHeaders?.includes(header) || !Object.hasOwn(headers.stamps, header)) return [];
  const stamp = headers.stamps[header];
  return (Array.isArray(stamp) ? stamp : [stamp]).map(stampText);
}
