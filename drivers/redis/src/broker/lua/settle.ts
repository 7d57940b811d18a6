import { Script } from '../../connection/script.ts';
import { KEEP } from '../../results/lua/keep.ts';

/** Most settlements in one script: Lua unpacks that many arguments at once. */
export const SETTLE_LIMIT = 1_000;

/** The first word of each step that a settlement consists of; see `SETTLE`. */
export const STEP = { push: 'p', park: 'z', keep: 'k', dead: 'd', defer: 'w', end: '.' } as const;

/**
 * Finish deliveries. All of it happens at once: nobody sees a message gone whose result or successor is not there.
 *
 * KEYS  unacked, index, held, dead letters
 * ARGV  count, the receipts, then for each receipt its steps
 *         p list message · z delayed-set due message · k result-key document ttl-ms · d queue tail key-prefix list-suffix
 *         w delayed-set due level tail, which parks the message itself
 *       and '.' after the last
 * Answers for each receipt 1, or 0 when the message was no longer out: then none of its steps was taken.
 */
export const SETTLE = new Script(`
${KEEP}
local count = tonumber(ARGV[1])
local receipts, ours = {}, {}
for i = 1, count do receipts[i] = ARGV[i + 1] end
-- Entry and index come and go together: when every index entry was there, so is every message.
local complete = redis.call('ZREM', KEYS[2], unpack(receipts)) == count
local at = count + 2
for i = 1, count do
  local step = ARGV[at]
  local entry = (step == 'd' or step == 'w') and redis.call('HGET', KEYS[1], receipts[i])
  local mine = complete or redis.call('HDEL', KEYS[1], receipts[i]) == 1
  ours[i] = mine and 1 or 0
  while step ~= '.' do
    if step == 'p' then
      if mine then redis.call('LPUSH', ARGV[at + 1], ARGV[at + 2]) end
      at = at + 3
    elseif step == 'k' then
      if mine then keep(ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]) end
      at = at + 4
    elseif step == 'w' then
      if entry then
        redis.call('ZADD', ARGV[at + 1], ARGV[at + 2], ARGV[at + 3] .. string.sub(entry, 2, -#ARGV[at + 4] - 1))
      end
      at = at + 5
    elseif step == 'z' then
      if mine then redis.call('ZADD', ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]) end
      at = at + 4
    else
      local target = entry and redis.call('HGET', KEYS[4], ARGV[at + 1])
      if target then
        redis.call('LPUSH', ARGV[at + 3] .. target .. ARGV[at + 4], string.sub(entry, 2, -#ARGV[at + 2] - 1))
      end
      at = at + 5
    end
    step = ARGV[at]
  end
  at = at + 1
end
if complete then redis.call('HDEL', KEYS[1], unpack(receipts)) end
redis.call('SREM', KEYS[3], unpack(receipts))
return ours
`);
