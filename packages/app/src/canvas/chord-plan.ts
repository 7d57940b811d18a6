import type { ChordToOpen, SignatureDict } from '@lovage/protocol';
import { parseJson, readSignature, stringifyJson } from '@lovage/protocol';
import type { App } from '../app.ts';

/** What follows a chord's header, kept with its count: whoever repairs the chord has no message of its parts. */
export interface ChordPlan {
  readonly body: SignatureDict;
  /** Undefined where the chord began its workflow. */
  readonly rootId: string | undefined;
}

export function writeChordPlan(app: App, { body, rootId }: ChordToOpen): Uint8Array {
  const form = app.conf.lovageJsonTyped ? 'typed' : 'plain';
  return new TextEncoder().encode(stringifyJson({ body, root_id: rootId ?? null }, form));
}

/** @throws InvalidTaskError, SyntaxError for what is no plan */
export function readChordPlan(plan: Uint8Array): ChordPlan {
  const { body, root_id: rootId } = parseJson(new TextDecoder().decode(plan)) as Record<string, unknown>;
  return { body: readSignature(body, 'body'), rootId: typeof rootId === 'string' ? rootId : undefined };
}
