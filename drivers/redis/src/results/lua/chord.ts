import { Script } from '../../connection/script.ts';
import { KEEP } from './keep.ts';

/** What Celery keeps a chord for when nobody says otherwise: a day. */
export const DEFAULT_TTL_MS = 86_400_000;

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/** Lua: the list of chords goes with the last of them. */
const OUTLIVE = `
local function outlive(list, ttl)
  if redis.call('PTTL', list) < tonumber(ttl) then redis.call('PEXPIRE', list, ttl) end
end
`;

/** KEYS size, own, list · ARGV id, size, ttl ms, members, plan */
export const OPEN = new Script(`
${NOW}
${OUTLIVE}
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('HSET', KEYS[2], 'ttl', ARGV[3], 'members', ARGV[4], 'plan', ARGV[5])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
redis.call('ZADD', KEYS[3], 'NX', now, ARGV[1])
outlive(KEYS[3], ARGV[3])
return 1
`);

/** KEYS growth, own · ARGV task id, index */
export const GROW = new Script(`
local grown = redis.call('HGET', KEYS[2], 'grown') or ''
local line = ARGV[2] .. ' ' .. ARGV[1] .. '\\n'
if string.find(grown, line, 1, true) then return 0 end
local ttl = redis.call('HGET', KEYS[2], 'ttl') or '${DEFAULT_TTL_MS}'
redis.call('HSET', KEYS[2], 'grown', grown .. line)
redis.call('INCRBY', KEYS[1], 1)
redis.call('PEXPIRE', KEYS[1], ttl)
redis.call('PEXPIRE', KEYS[2], ttl)
return 1
`);

/**
 * Keep the results of parts, record the parts, and answer every part to the one that completes the chord, as often as
 * it asks. A part counts once for each task, whoever recorded it: those of the same index are compared by the beginning
 * of their text, which Celery writes in the same way.
 *
 * KEYS  parts, growth, size, own, result keys…
 * ARGV  how many parts, ttl ms where the chord says none; for each part: task id, index, part, how many bytes of it up to
 *       the end of the task id, held; for each result: document, ttl
 * Answers nil, or which of them completed it, from 0, and { part, index, part, index, … }.
 */
export const ARRIVE = new Script(`
${KEEP}
local count = tonumber(ARGV[1])
for i = 5, #KEYS do
  local at = count * 5 + (i - 5) * 2 + 3
  keep(KEYS[i], ARGV[at], ARGV[at + 1])
end

local size = redis.call('GET', KEYS[3])
if size then size = size + (redis.call('GET', KEYS[2]) or 0) end
local own = redis.call('HMGET', KEYS[4], 'ttl', 'winner')
local ttl, winner = own[1] or ARGV[2], own[2]
local last, held
for i = 0, count - 1 do
  local id, index, part, length = unpack(ARGV, i * 5 + 3, i * 5 + 6)
  local known = false
  for _, other in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], index, index)) do
    if string.sub(other, 1, length) == string.sub(part, 1, length) then known = true end
  end
  if not known then redis.call('ZADD', KEYS[1], index, part) end
  if size and not winner and redis.call('ZCARD', KEYS[1]) == size then winner = id end
  if winner == id then last, held = i, ARGV[i * 5 + 7] end
end

if last and size then
  local time = redis.call('TIME')
  redis.call('HSETNX', KEYS[4], 'won', time[1] * 1000 + math.floor(time[2] / 1000))
  redis.call('HSET', KEYS[4], 'winner', winner, 'held', held)
end
for i = 1, 4 do redis.call('PEXPIRE', KEYS[i], ttl) end
if not last or not size then return false end
return { last, redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES') }
`);

/** KEYS parts, growth, size, own, list · ARGV id */
export const DROP = new Script(`
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
return redis.call('ZREM', KEYS[5], ARGV[1])
`);

/** The chords whose turn it is, each to one caller. KEYS list · ARGV after ms, limit */
export const DUE = new Script(`
${NOW}
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[1], 'LIMIT', 0, ARGV[2])
for _, id in ipairs(ids) do redis.call('ZADD', KEYS[1], now, id) end
return ids
`);

/**
 * KEYS  parts, growth, size, own, list
 * ARGV  id, after ms
 * Answers nil for a chord that is gone, or { plan, members, grown, { task id of each part }, last part or '', its index }.
 */
export const REVIEW = new Script(`
${NOW}
${OUTLIVE}
local own = redis.call('HMGET', KEYS[4], 'plan', 'members', 'grown', 'winner', 'won', 'held', 'ttl')
local size = redis.call('GET', KEYS[3])
if not own[1] or not size then
  -- Expired, or Celery has completed it.
  redis.call('ZREM', KEYS[5], ARGV[1])
  redis.call('DEL', KEYS[4])
  return false
end
outlive(KEYS[5], own[7] or '${DEFAULT_TTL_MS}')

local function taskOf(part)
  return string.match(part, '^%[%s*1%s*,%s*"([^"\\\\]*)"') or cjson.decode(part)[2]
end
local parts = redis.call('ZRANGE', KEYS[1], 0, -1)
local ids = {}
local last, index = '', ''
for i, part in ipairs(parts) do
  ids[i] = taskOf(part)
  if own[4] and ids[i] == own[4] then last = part end
end
if not own[4] and #parts > 0 and #parts == size + (redis.call('GET', KEYS[2]) or 0) then
  -- Completed by a worker of Celery, which may be about to send what follows: the next review tells.
  redis.call('HSET', KEYS[4], 'winner', ids[#ids], 'won', now, 'held', 0)
end
if own[6] ~= '0' or tonumber(own[5]) > now - ARGV[2] then last = '' end
if last ~= '' then index = redis.call('ZSCORE', KEYS[1], last) end
return { own[1], own[2], own[3] or '', ids, last, index }
`);
