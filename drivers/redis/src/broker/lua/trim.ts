import { Script } from '../../connection/script.ts';

/**
 * The next to be taken is at the right of its list, so what has waited longest goes from there.
 * KEYS lists, the most urgent first · ARGV how many messages to keep
 * Answers how many went.
 */
export const TRIM = new Script(`
local sizes, excess = {}, -ARGV[1]
for i = 1, #KEYS do
  sizes[i] = redis.call('LLEN', KEYS[i])
  excess = excess + sizes[i]
end
local gone = 0
for i = #KEYS, 1, -1 do
  local some = math.min(sizes[i], excess - gone)
  if some > 0 then
    redis.call('LTRIM', KEYS[i], 0, -some - 1)
    gone = gone + some
  end
end
return gone
`);
