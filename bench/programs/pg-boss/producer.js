import { produce } from '../produce.js';
import { boss, queue } from './boss.js';

await produce({
  one: (data) => boss.send(queue, data),
  bulk: (all) =>
    boss.insert(
      queue,
      all.map((data) => ({ data })),
      { returnId: true },
    ),
  close: () => boss.stop({ graceful: false }),
});
