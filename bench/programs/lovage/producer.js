import { produce } from '../produce.js';
import { app, task } from './tasks.js';

await produce({
  one: async (argument) => (await task.delay(argument)).id,
  bulk: async (all) => (await app.bulk(all.map((argument) => task.s(argument)))).map(({ id }) => id),
  later: (all, etaMs) => {
    const eta = new Date(Date.now() + etaMs);
    return app.bulk(all.map((argument) => task.s(argument).set({ eta })));
  },
  close: () => app.close(),
});
