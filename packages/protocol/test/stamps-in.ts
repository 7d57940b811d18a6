import { expand, plainSignature, type SignatureDict, stampsOf } from '@lovage/protocol';

export const task = (name: string, options: SignatureDict['options'] = {}) =>
  plainSignature(name, [], { options });

/** The stamps of everything in a signature, links too, by the names of the tasks. */
export function stampsIn(value: unknown, found: Record<string, unknown> = {}): Record<string, unknown> {
  if (Array.isArray(value)) for (const item of value) stampsIn(item, found);
  if (typeof value !== 'object' || value === null) return found;
  const { task: name, options, subtask_type: shape } = value as SignatureDict;
  if (name && !shape) found[name] = stampsOf(options);
  for (const member of Object.values(value)) stampsIn(member, found);
  return found;
}

/** The stamps of each call that is sent at once, by the names of the tasks. */
export const calls = (signature: SignatureDict) => {
  const sent = expand(signature, { newId: () => crypto.randomUUID() }).calls;
  return Object.fromEntries(sent.map(({ task: name, options }) => [name, stampsOf(options)]));
};
