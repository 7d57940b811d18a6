import type { SentStore } from '../src/index.ts';

/** A store that forgets with the process: what tests of other things need. */
export function memoryStore(): SentStore {
  const all = new Map<string, { state: string; reason: string | null }>();
  let repeats = 0;
  return {
    begin: async (key, addresses) =>
      addresses.map((address) => {
        const known = all.get(`${key} ${address}`);
        if (known?.state === 'sent' || known?.state === 'refused')
          return { address, state: known.state, reason: known.reason, uncertain: false };
        const uncertain = known?.state === 'sending';
        if (uncertain) repeats += 1;
        all.set(`${key} ${address}`, { state: 'sending', reason: null });
        return { address, state: 'open', reason: null, uncertain };
      }),
    end: async (key, endings) => {
      for (const { address, state, reason } of endings)
        all.set(`${key} ${address}`, { state, reason: reason ?? null });
    },
    repeats: async () => repeats,
    forget: async () => 0,
  };
}
