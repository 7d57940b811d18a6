import { produce } from '../produce.js';
import { queue } from './queue.js';

await produce({
  one: (data) => queue.add('echo', data).id,
  bulk: (all) => queue.addMany('echo', all).ids,
  close: () => queue.close(),
});
