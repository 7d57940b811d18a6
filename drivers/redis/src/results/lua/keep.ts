import { Script } from '../../connection/script.ts';

/**
 * Lua: `keep(key, document, ttl)` stores a result as Celery does, never over a SUCCESS, and publishes it under its
 * own key. `ttl` in ms; '' keeps it for ever. Celery and Lovage write the status first, so reading it is cheap;
 * mostly there is nothing to read, for the first result is the last.
 */
export const KEEP = `
local function succeeded(document)
  if not document then return false end
  local state = string.match(document, '^{"status": ?"(%u+)"')
  if state then return state == 'SUCCESS' end
  local readable, meta = pcall(cjson.decode, document)
  return readable and type(meta) == 'table' and meta.status == 'SUCCESS'
end
local function keep(key, document, ttl)
  local stored
  if ttl == '' then stored = redis.call('SET', key, document, 'NX')
  else stored = redis.call('SET', key, document, 'PX', ttl, 'NX') end
  if not stored then
    if succeeded(redis.call('GET', key)) then return end
    if ttl == '' then redis.call('SET', key, document) else redis.call('SET', key, document, 'PX', ttl) end
  end
  redis.call('PUBLISH', key, document)
end
`;

/** KEYS  result keys · ARGV  for each: document, ttl */
export const STORE = new Script(`
${KEEP}
for i = 1, #KEYS do keep(KEYS[i], ARGV[i * 2 - 1], ARGV[i * 2]) end
return #KEYS
`);
