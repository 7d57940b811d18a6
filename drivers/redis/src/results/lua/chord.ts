import { Script } from '../../connection/script.ts';

/** What Celery keeps a chord for when nobody says otherwise: a day. */
const DEFAULT_TTL_MS = 86_400_000;

/** KEYS size, own · ARGV size, ttl ms */
export const OPEN = new Script(`
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('HSET', KEYS[2], 'ttl', ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1
`);

/** KEYS growth, own · ARGV by */
export const GROW = new Script(`
redis.call('INCRBY', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[1], redis.call('HGET', KEYS[2], 'ttl') or '${DEFAULT_TTL_MS}')
return 1
`);

/**
 * Record a part and answer every part to the one that completes the chord, as often as it asks.
 * A part counts once for each task, whoever recorded it: those of the same index are compared by the beginning of
 * their text, which Celery writes in the same way.
 *
 * KEYS  parts, growth, size, own
 * ARGV  task id, index, part, beginning of the part up to the end of the task id
 * Answers nil, or { part, index, part, index, … }.
 */
export const ARRIVE = new Script(`
local known = false
for _, part in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[2], ARGV[2])) do
  if string.sub(part, 1, #ARGV[4]) == ARGV[4] then known = true end
end
if not known then redis.call('ZADD', KEYS[1], ARGV[2], ARGV[3]) end
local ttl = redis.call('HGET', KEYS[4], 'ttl') or '${DEFAULT_TTL_MS}'
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ttl) end
local size = redis.call('GET', KEYS[3])
if not size then return false end
if redis.call('ZCARD', KEYS[1]) == size + (redis.call('GET', KEYS[2]) or 0) then
  redis.call('HSETNX', KEYS[4], 'winner', ARGV[1])
  redis.call('PEXPIRE', KEYS[4], ttl)
end
if redis.call('HGET', KEYS[4], 'winner') ~= ARGV[1] then return false end
return redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
`);
