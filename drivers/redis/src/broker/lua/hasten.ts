import { Script } from '../../connection/script.ts';

/** Most messages in one run: Lua unpacks no more arguments at once. */
export const HASTEN_LIMIT = 1_000;

/**
 * What is due first becomes ready first: it comes in behind what waits in its list.
 * KEYS delayed, lists, the most urgent first · ARGV how many
 * Answers how many there were.
 */
export const HASTEN = new Script(`
local found = redis.call('ZRANGE', KEYS[1], 0, ARGV[1] - 1)
for i = 1, #found do
  redis.call('LPUSH', KEYS[2 + string.sub(found[i], 1, 1)], string.sub(found[i], 2))
end
if #found > 0 then redis.call('ZREM', KEYS[1], unpack(found)) end
return #found
`);
