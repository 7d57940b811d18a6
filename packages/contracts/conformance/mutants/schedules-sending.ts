import type { KeptMessage, OutgoingMessage } from '../../src/index.ts';
import { claimingAnyway, lookingFirst, scheduleMutant, sending } from './schedules-parts.ts';

const AS_IT_WAS = 'what is won is in the broker, as it was';
const UNSENDABLE = 'what cannot be sent has not been claimed';
const KEPT = 'what is kept comes back as it was';
const OLDEST = 'the oldest come first, as many as were asked for';
const FORGOTTEN = 'what is forgotten is gone for everybody, and only that';

/** Messages that are lost, doubled or changed on their way. */
export const sendingMutants = [
  scheduleMutant('publishes without headers', AS_IT_WAS, (store) =>
    sending(store, (messages) =>
      messages.map((each) => ({ ...each, envelope: { ...each.envelope, headers: {} } })),
    ),
  ),
  scheduleMutant('publishes and keeps', AS_IT_WAS, (store) => ({
    async claimRuns(claims, options) {
      await store.put([{ name: 'more', definition: Uint8Array.of(1), enabled: true, since: 0 }]);
      const messages = claims.flatMap((each) => each.messages);
      await store.claimRuns([{ name: 'more', previous: undefined, occurrence: 1, messages }], {
        ...options,
        messages: 'keep',
      });
      return store.claimRuns(claims, options);
    },
  })),
  scheduleMutant('keeps what others wait for', 'who waits for a message gets it', (store) => ({
    claimRuns: async (claims, options) => store.claimRuns(claims, { ...options, messages: 'keep' }),
  })),
  scheduleMutant('looks before it publishes', 'of many that publish an occurrence, one does', lookingFirst),
  scheduleMutant('publishes what it has lost', 'a lost claim publishes nothing', claimingAnyway),
  scheduleMutant('claims from behind', 'many messages go to many queues, in order', (store) => ({
    claimRuns: async (claims, options) => (await store.claimRuns(claims.toReversed(), options)).toReversed(),
  })),
  scheduleMutant('publishes too soon', 'what is not before its time is hidden until then', (store) =>
    sending(store, (messages) => messages.map(({ queue, envelope }) => ({ queue, envelope }))),
  ),
  scheduleMutant('drops what nobody declared', 'a queue that nobody declared fares as in publish', (store) =>
    sending(store, (messages) => messages.filter(({ queue }) => !queue.startsWith('new'))),
  ),
  scheduleMutant('claims before it sends', UNSENDABLE, (store) => ({
    async claimRuns(claims, options) {
      const won = await store.claimRuns(
        claims.map((each) => ({ ...each, messages: [] })),
        options,
      );
      for (const { messages } of claims) for (const { envelope } of messages) void envelope;
      return won;
    },
  })),
  scheduleMutant('sends what it can', UNSENDABLE, (store) =>
    sending(store, (messages) => messages.filter(isReadable)),
  ),
  scheduleMutant(
    'says that it has no broker',
    "publishing without a broker rejects as 'unsupported'",
    () => ({
      traits: { publishes: false, form: 'opaque' },
    }),
  ),
  scheduleMutant('keeps no priority', KEPT, (store) =>
    sending(store, (messages) =>
      messages.map(({ envelope: { priority: _, ...envelope }, ...each }) => ({ ...each, envelope })),
    ),
  ),
  scheduleMutant('keeps no time', KEPT, (store) =>
    sending(store, (messages) => messages.map(({ queue, envelope }) => ({ queue, envelope }))),
  ),
  scheduleMutant('gives the newest first', OLDEST, (store) => ({
    kept: async (limit) => (await store.kept(10_000)).toReversed().slice(0, limit),
  })),
  scheduleMutant('gives all', OLDEST, (store) => ({ kept: async () => store.kept(10_000) })),
  scheduleMutant('keeps for itself', 'what is kept outlives who kept it, and the entry', (store) => {
    const kept: KeptMessage[] = [];
    return {
      async claimRuns(claims, options) {
        const messages = claims.flatMap((each) => each.messages);
        kept.push(...messages.map((message, i) => ({ id: String(i), message })));
        return store.claimRuns(
          claims.map((each) => ({ ...each, messages: [] })),
          options,
        );
      },
      kept: async () => kept,
    };
  }),
  scheduleMutant('forgets nothing', FORGOTTEN, () => ({ forget: async () => {} })),
  scheduleMutant('forgets what is older as well', FORGOTTEN, (store) => ({
    async forget(ids) {
      const all = (await store.kept(10_000)).map(({ id }) => id);
      const last = Math.max(...ids.map((id) => all.indexOf(id)));
      await store.forget(all.slice(0, last + 1));
    },
  })),
  scheduleMutant('numbers what is there', 'a number that was forgotten is not given again', (store) => ({
    kept: async (limit) => (await store.kept(limit)).map(({ message }, i) => ({ id: String(i), message })),
    async forget(ids) {
      const all = await store.kept(10_000);
      await store.forget(ids.flatMap((id) => all[Number(id)]?.id ?? []));
    },
  })),
  scheduleMutant('publishes always', 'what is kept is not published', (store) => ({
    claimRuns: async (claims, options) => store.claimRuns(claims, { ...options, messages: 'publish' }),
  })),
];

function isReadable(message: OutgoingMessage): boolean {
  try {
    return message.envelope !== undefined;
  } catch {
    return false;
  }
}
