import { Script } from '../../connection/script.ts';

/** Lua: the server's clock in epoch ms. Leases live by it, so workers whose clocks differ agree on them. */
const CLOCK = `
local time = redis.call('TIME')
local clock = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/** Begin to live. KEYS consumers · ARGV member, lease ms */
export const JOIN = new Script(`${CLOCK}
return redis.call('ZADD', KEYS[1], clock + ARGV[2], ARGV[1])
`);

/**
 * Take the place of an earlier self, of which a claim may still be on its way: that one will find itself dead.
 * KEYS consumers, unacked, held (old), held (new) · ARGV old member, new member, lease ms
 * Answers the receipts that are held.
 */
export const SUCCEED = new Script(`${CLOCK}
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('ZADD', KEYS[1], clock + ARGV[3], ARGV[2])
if redis.call('EXISTS', KEYS[3]) == 1 then redis.call('RENAME', KEYS[3], KEYS[4]) end
local held = redis.call('SMEMBERS', KEYS[4])
for i = #held, 1, -1 do
  if redis.call('HEXISTS', KEYS[2], held[i]) == 0 then
    redis.call('SREM', KEYS[4], held[i])
    table.remove(held, i)
  end
end
return held
`);

/**
 * Extend the lease. KEYS consumers, unacked · ARGV member, lease ms, receipts
 * Answers for each receipt whether it is still out, or nil when the consumer is not among the living.
 */
export const RENEW = new Script(`${CLOCK}
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return false end
redis.call('ZADD', KEYS[1], 'XX', 'GT', clock + ARGV[2], ARGV[1])
local out = {}
for i = 3, #ARGV do out[i - 2] = redis.call('HEXISTS', KEYS[2], ARGV[i]) end
return out
`);

/**
 * Keep Python's consumers from taking our messages for lost: date them anew, while our lease stands.
 * KEYS consumers, index, held · ARGV member
 */
export const REFRESH = new Script(`${CLOCK}
local till = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not till or tonumber(till) <= clock then return 0 end
local held = redis.call('SMEMBERS', KEYS[3])
for from = 1, #held, 1000 do
  local scores = { KEYS[2], 'XX' }
  for i = from, math.min(from + 999, #held) do
    scores[#scores + 1] = time[1] + 1
    scores[#scores + 1] = held[i]
  end
  redis.call('ZADD', unpack(scores))
end
return #held
`);
