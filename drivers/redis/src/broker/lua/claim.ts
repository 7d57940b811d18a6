import { Script } from '../../connection/script.ts';

/** Most messages in one claim: Lua unpacks twice as many arguments at once. */
export const CLAIM_LIMIT = 1_000;

/** Messages taken at a time: after each such part the bytes are counted. */
const PART = 100;

/** A claim that has this much takes no more: a script that copies a gigabyte would keep everybody waiting. */
const ENOUGH_BYTES = 8_388_608;

/**
 * Extend the consumer's lease, bring due messages back, and take up to `max` messages, urgent lists first.
 * A message passes from its list to `unacked` within the script, and keeps its bytes: the entry is put together as text.
 *
 * KEYS  consumers, unacked, index, held, then for each queue: delayed, its lists
 * ARGV  member, lease ms, now (epoch ms), max, receipt prefix, first number, lists a queue,
 *       then for each queue: name, tail
 * Answers nil when the consumer is not (any more) among the living, else
 *   { ms until the first lease of all lapses, { queue, count, queue, count, … }, { message, … } };
 * the receipts are `<prefix><number>:<queue>`, in order.
 */
export const CLAIM = new Script(`
local time = redis.call('TIME')
local clock = time[1] * 1000 + math.floor(time[2] / 1000)
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return false end
redis.call('ZADD', KEYS[1], 'XX', 'GT', clock + ARGV[2], ARGV[1])
local lapse = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2] - clock

local room, number, levels = tonumber(ARGV[4]), tonumber(ARGV[6]), tonumber(ARGV[7])
local queues = (#KEYS - 4) / (levels + 1)

for q = 1, queues do
  local first = 5 + (q - 1) * (levels + 1)
  local due = redis.call('ZRANGEBYSCORE', KEYS[first], '-inf', ARGV[3], 'LIMIT', 0, 100)
  for i = #due, 1, -1 do
    redis.call('RPUSH', KEYS[first + 1 + string.sub(due[i], 1, 1)], string.sub(due[i], 2))
  end
  if #due > 0 then redis.call('ZREM', KEYS[first], unpack(due)) end
end

local score = string.format('%d', time[1] + 1)
local counts, messages, size = {}, {}, 0
local entries, scores, receipts = { KEYS[2] }, { KEYS[3] }, { KEYS[4] }
for level = 1, levels do
  for q = 1, queues do
    local list = KEYS[4 + (q - 1) * (levels + 1) + 1 + level]
    local name, tail = ARGV[6 + q * 2], ARGV[7 + q * 2]
    local found = room > 0 and redis.call('RPOP', list, math.min(room, ${PART}))
    while found do
      for i = 1, #found do
        local receipt = ARGV[5] .. number .. ':' .. name
        number = number + 1
        size = size + #found[i]
        entries[#entries + 1] = receipt
        entries[#entries + 1] = '[' .. found[i] .. tail
        scores[#scores + 1] = score
        scores[#scores + 1] = receipt
        receipts[#receipts + 1] = receipt
        messages[#messages + 1] = found[i]
      end
      counts[#counts + 1] = q - 1
      counts[#counts + 1] = #found
      room = size > ${ENOUGH_BYTES} and 0 or room - #found
      found = room > 0 and #found == ${PART} and redis.call('RPOP', list, math.min(room, ${PART}))
    end
  end
end
if #messages > 0 then
  redis.call('HSET', unpack(entries))
  redis.call('ZADD', unpack(scores))
  redis.call('SADD', unpack(receipts))
end
return { lapse, counts, messages }
`);
