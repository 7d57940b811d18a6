import { Script } from '../../connection/script.ts';

/** KEYS delayed, lists. Answers how many messages went. */
export const PURGE = new Script(`
local gone = redis.call('ZCARD', KEYS[1])
for i = 2, #KEYS do gone = gone + redis.call('LLEN', KEYS[i]) end
redis.call('DEL', unpack(KEYS))
return gone
`);
