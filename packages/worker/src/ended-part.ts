import type { App } from '@lovage/app';
import type { ChordPart } from '@lovage/contracts';
import type { ErrorInfo } from '@lovage/protocol';
import { errorInfoText, PROPAGATE_STATES, readMeta, stringifyJson } from '@lovage/protocol';

/**
 * What a chord counts of a task whose result document is kept.
 * @throws DecodeError for what is no such document
 */
export function endedPart(app: App, document: Uint8Array): Pick<ChordPart, 'state' | 'payload'> {
  const form = app.conf.lovageJsonTyped ? 'typed' : 'plain';
  const { status: state, result } = readMeta(document);
  const text = PROPAGATE_STATES.has(state)
    ? errorInfoText(result as ErrorInfo, form)
    : stringifyJson(result, form);
  return { state, payload: new TextEncoder().encode(text) };
}
