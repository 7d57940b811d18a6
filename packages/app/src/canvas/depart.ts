import { randomUUID } from 'node:crypto';
import type { ChordOpening, OutgoingMessage } from '@lovage/contracts';
import type { Applying, Expansion, ResultTuple, SignatureDict } from '@lovage/protocol';
import { expand, expandRest } from '@lovage/protocol';
import type { App } from '../app.ts';
import { messageFromSignature } from '../call/from-signature.ts';
import { keepsResults } from '../config/keeps-results.ts';
import { ImproperlyConfigured } from '../errors.ts';
import { writeChordPlan } from './chord-plan.ts';

/** All that must be done to start a workflow: open the chords, then publish the messages. */
export interface Departure {
  readonly messages: readonly OutgoingMessage[];
  readonly opens: readonly ChordOpening[];
  readonly result: ResultTuple;
}

/** What applies a signature, and with what. */
export type Apply = Omit<Applying, 'newId' | 'replyTo'>;

/** A chord whose results never expire must not be forgotten before it is complete: after a year nobody waits. */
const FOR_EVER_MS = 365 * 86_400_000;

/**
 * What starts a workflow: any signature, whatever its shape.
 * @throws InvalidTaskError for what is no signature, EncodeError for what cannot be sent, QueueNotFound
 * @throws ImproperlyConfigured for a chord where no results are kept
 */
export const departure = (app: App, signature: SignatureDict, apply: Apply = {}): Departure =>
  depart(app, expand(signature, applying(app, apply)));

/** The same of the steps that are left of a chain, the next one last. */
export const departureOfRest = (app: App, rest: readonly SignatureDict[], apply: Apply): Departure =>
  depart(app, expandRest(rest, applying(app, apply)));

export const applying = (app: App, apply: Apply): Applying => ({
  ...apply,
  newId: randomUUID,
  replyTo: app.replyTo,
  errbacksOnHeaders: app.conf.taskAllowErrorCbOnChordHeader,
});

function depart(app: App, { calls, chords, result }: Expansion): Departure {
  const messages = calls.map((call) => messageFromSignature(app, call, { prependArgs: [] }));
  return { messages, opens: chordOpenings(app, chords), result };
}

/** How chords are opened in the store. Throws ImproperlyConfigured where there is none. */
export function chordOpenings(app: App, chords: Expansion['chords']): readonly ChordOpening[] {
  if (chords.length === 0) return [];
  if (!keepsResults(app.conf)) {
    throw new ImproperlyConfigured('chords count their parts in the result store: set resultBackend');
  }
  const { resultExpires } = app.conf;
  const ttlMs = resultExpires ? resultExpires * 1000 : FOR_EVER_MS;
  return chords.map((chord) => ({
    id: chord.id,
    members: chord.members,
    plan: writeChordPlan(app, chord),
    ttlMs,
  }));
}
