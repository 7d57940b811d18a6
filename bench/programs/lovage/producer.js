import { chord } from 'lovage';
import { produce } from '../produce.js';
import { app, count, number, task } from './tasks.js';

await produce({
  one: async (argument) => (await task.delay(argument)).id,
  bulk: async (all) => (await app.bulk(all.map((argument) => task.s(argument)))).map(({ id }) => id),
  later: (all, etaMs) => {
    const eta = new Date(Date.now() + etaMs);
    return app.bulk(all.map((argument) => task.s(argument).set({ eta })));
  },
  chord: async (numbers) => {
    const result = await chord(
      numbers.map((n) => number.s(n)),
      count.s(),
    ).delay();
    return { ids: result.parent.results.map(({ id }) => id), body: () => result.get() };
  },
  close: () => app.close(),
});
