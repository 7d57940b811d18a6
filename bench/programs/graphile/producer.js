import { makeWorkerUtils } from 'graphile-worker';
import { produce } from '../produce.js';
import { options } from './options.js';

const utils = await makeWorkerUtils(options);
await utils.migrate();

await produce({
  one: async (data) => (await utils.addJob('echo', data)).id,
  bulk: async (all) =>
    (await utils.addJobs(all.map((data) => ({ identifier: 'echo', payload: data })))).map(({ id }) => id),
  close: () => utils.release(),
});
