import { Script } from '../connection/script.ts';

/*
 * An entry is one text: `enabled version since last-run last-sent runs definition name`, where what there is not is '-'
 * and the definition is base64. So a list is one command, and a claim writes one field.
 */
const ENTRY = `
local function read(text)
  local enabled, version, since, last, sent, runs, rest = string.match(text, '^(%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (.*)$')
  return { enabled = enabled, version = version, since = since, last = last, sent = sent, runs = runs, rest = rest }
end
local function write(e)
  return table.concat({ e.enabled, e.version, e.since, e.last, e.sent, e.runs, e.rest }, ' ')
end
local function whole(number) return string.format('%.0f', number) end
`;

/**
 * KEYS entries, revision
 * ARGV for each change: name, the version it replaces ('*' any, '-' none), enabled, since, definition and name
 * Answers for each 1, or 0 when there was another version.
 */
export const PUT = new Script(`
${ENTRY}
local revision, answers = tonumber(redis.call('GET', KEYS[2]) or 0), {}
for at = 1, #ARGV, 5 do
  local name, replaces = ARGV[at], ARGV[at + 1]
  local text = redis.call('HGET', KEYS[1], name)
  local e = text and read(text) or { version = '-', last = '-', sent = '-', runs = '0' }
  local made = replaces == '*' or replaces == e.version
  answers[#answers + 1] = made and 1 or 0
  if made then
    revision = revision + 1
    e.version, e.enabled, e.since, e.rest = whole(revision), ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
    redis.call('HSET', KEYS[1], name, write(e))
  end
end
redis.call('SET', KEYS[2], whole(revision))
return answers
`);

/** KEYS entries, revision · ARGV names · answers for each 1, or 0 when it was not there */
export const REMOVE = new Script(`
local answers = {}
for i, name in ipairs(ARGV) do
  answers[i] = redis.call('HDEL', KEYS[1], name)
  if answers[i] == 1 then redis.call('INCR', KEYS[2]) end
end
return answers
`);

/** Where a message goes: on a list, into the set of those that wait, or into the outbox. */
export const KIND = { list: 'list', delayed: 'zset', outbox: 'stream' } as const;

/**
 * Claim runs, and put their messages where they belong.
 *
 * KEYS  entries, revision, fence
 * ARGV  fence, count of places, the places as kind and key, then for each claim
 *         name, previous or '-', occurrence, '1' if it disables, count of messages, the messages as
 *           number of its list, message · number of its set, due, message · number of the outbox, queue, due, envelope, body
 * Answers for each 1, or 0 when it is lost; nothing at all when a larger fence has been here.
 *
 * A script that fails keeps what it has written. So what could fail is looked at first: a key of another kind.
 */
export const CLAIM = new Script(`
${ENTRY}
if tonumber(redis.call('GET', KEYS[3]) or 0) > tonumber(ARGV[1]) then return {} end
local places = {}
local at = 3
for i = 1, tonumber(ARGV[2]) do
  places[i] = { kind = ARGV[at], key = ARGV[at + 1] }
  local found = redis.call('TYPE', ARGV[at + 1]).ok
  if found ~= 'none' and found ~= ARGV[at] then
    return redis.error_reply('WRONGTYPE ' .. ARGV[at + 1] .. ' is a ' .. found .. ', where a ' .. ARGV[at] .. ' belongs')
  end
  at = at + 2
end
redis.call('SET', KEYS[3], ARGV[1])
local revision = tonumber(redis.call('GET', KEYS[2]) or 0)
local before = revision
local answers = {}
while at <= #ARGV do
  local name, count = ARGV[at], tonumber(ARGV[at + 4])
  local text = redis.call('HGET', KEYS[1], name)
  local e = text and read(text)
  local won = e and e.enabled == '1' and e.last == ARGV[at + 1]
  answers[#answers + 1] = won and 1 or 0
  if won then
    e.last = ARGV[at + 2]
    if count > 0 then e.sent, e.runs = e.last, whole(tonumber(e.runs) + count) end
    if ARGV[at + 3] == '1' then
      revision = revision + 1
      e.enabled, e.version = '0', whole(revision)
    end
    redis.call('HSET', KEYS[1], name, write(e))
  end
  at = at + 5
  for _ = 1, count do
    local place = places[tonumber(ARGV[at])]
    if place.kind == 'list' then
      if won then redis.call('LPUSH', place.key, ARGV[at + 1]) end
      at = at + 2
    elseif place.kind == 'zset' then
      if won then redis.call('ZADD', place.key, ARGV[at + 1], ARGV[at + 2]) end
      at = at + 3
    else
      if won then
        redis.call('XADD', place.key, '*', 'q', ARGV[at + 1], 'd', ARGV[at + 2], 'e', ARGV[at + 3], 'b', ARGV[at + 4])
      end
      at = at + 5
    end
  end
end
if revision > before then redis.call('SET', KEYS[2], whole(revision)) end
return answers
`);
