import { Script } from '../../connection/script.ts';

/**
 * Put messages back at the end of their lists where the next are taken.
 * KEYS unacked, index, held · ARGV for each: receipt, list, message
 * Answers for each 1, or 0 when it was no longer out: somebody else has finished or restored it.
 */
export const RESTORE = new Script(`
local restored = {}
for i = 1, #ARGV, 3 do
  local mine = redis.call('HDEL', KEYS[1], ARGV[i])
  redis.call('ZREM', KEYS[2], ARGV[i])
  redis.call('SREM', KEYS[3], ARGV[i])
  if mine == 1 then redis.call('RPUSH', ARGV[i + 1], ARGV[i + 2]) end
  restored[#restored + 1] = mine
end
return restored
`);

/**
 * What a dead consumer still holds, a part at a time; once that is nothing, it is forgotten.
 * KEYS consumers, unacked · ARGV prefix of the held keys, most messages
 * Answers nil when no lease has lapsed, else { member, { receipt, … }, { entry, … } }.
 */
export const LAPSED = new Script(`
local time = redis.call('TIME')
local clock = time[1] * 1000 + math.floor(time[2] / 1000)
local member = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', clock, 'LIMIT', 0, 1)[1]
if not member then return false end
local held = ARGV[1] .. member
local receipts = redis.call('SRANDMEMBER', held, ARGV[2])
local entries = {}
for i = #receipts, 1, -1 do
  local entry = redis.call('HGET', KEYS[2], receipts[i])
  if entry then
    table.insert(entries, 1, entry)
  else
    redis.call('SREM', held, receipts[i])
    table.remove(receipts, i)
  end
end
if redis.call('EXISTS', held) == 0 then redis.call('ZREM', KEYS[1], member) end
return { member, receipts, entries }
`);

/**
 * Messages out for longer than the visibility timeout, except those of a living consumer of ours.
 * KEYS index, unacked, consumers · ARGV oldest allowed (epoch s), most, receipt prefix, prefix of the held keys
 * Answers { { receipt, … }, { entry, … } }. An index entry without a message is dropped.
 */
export const STALE = new Script(`
local function alive(receipt)
  if string.sub(receipt, 1, #ARGV[3]) ~= ARGV[3] then return false end
  for _, member in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do
    if redis.call('SISMEMBER', ARGV[4] .. member, receipt) == 1 then return true end
  end
  return false
end
local receipts, entries = {}, {}
for _, receipt in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], 0, ARGV[1], 'LIMIT', 0, ARGV[2])) do
  if not alive(receipt) then
    local entry = redis.call('HGET', KEYS[2], receipt)
    if entry then
      receipts[#receipts + 1] = receipt
      entries[#entries + 1] = entry
    else
      redis.call('ZREM', KEYS[1], receipt)
    end
  end
end
return { receipts, entries }
`);

/** Give a lock up that is still ours. KEYS lock · ARGV token */
export const UNLOCK = new Script(`
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`);
