import {
  DriverError,
  REVOCATIONS_KEPT,
  type Revocation,
  type RevocationChanges,
  type RevocationStore,
} from '@lovage/contracts';
import { readStoredRevocation, storedRevocation } from '@lovage/contracts/kit';
import type { Connection } from './connection/connection.ts';
import { Script } from './connection/script.ts';

/** Most revocations in one script: a long one would keep everybody waiting. */
const PART = 1_000;

/**
 * Two sorted sets of the same members: by turn, and by when they end. A turn is the server's time in µs, or one more
 * than the last: so it also grows when the server has lost what it held, and a cursor from before misses nothing.
 * Both keys go when the last of their members ends.
 * KEYS turns, ends · ARGV most to keep, then for each: member, end in epoch ms
 */
const ADD = new Script(`
local time = redis.call('TIME')
local clock = time[1] * 1000 + math.floor(time[2] / 1000)

local function forget(members)
  redis.call('ZREM', KEYS[1], unpack(members))
  redis.call('ZREM', KEYS[2], unpack(members))
end

local ended = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', clock, 'LIMIT', 0, ${PART})
while #ended > 0 do
  forget(ended)
  ended = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', clock, 'LIMIT', 0, ${PART})
end

local newest = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2] or 0
local turn = math.max(newest + 1, time[1] * 1000000 + time[2])
for i = 2, #ARGV, 2 do
  local till = tonumber(ARGV[i + 1])
  local known = redis.call('ZSCORE', KEYS[2], ARGV[i])
  if till > clock and not (known and tonumber(known) >= till) then
    redis.call('ZADD', KEYS[1], string.format('%.0f', turn), ARGV[i])
    redis.call('ZADD', KEYS[2], ARGV[i + 1], ARGV[i])
    turn = turn + 1
  end
end

local excess = redis.call('ZCARD', KEYS[1]) - ARGV[1]
while excess > 0 do
  forget(redis.call('ZRANGE', KEYS[1], 0, math.min(excess, ${PART}) - 1))
  excess = excess - ${PART}
end

local last = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')[2]
if last then
  redis.call('PEXPIREAT', KEYS[1], last)
  redis.call('PEXPIREAT', KEYS[2], last)
end
return 1
`);

/**
 * KEYS turns, ends · ARGV the last turn that was answered, 0 for none
 * Answers { the newest turn, { member, end, member, end, … } }. A turn that is not among ours yet counts as none.
 */
const SINCE = new Script(`
local time = redis.call('TIME')
local clock = time[1] * 1000 + math.floor(time[2] / 1000)
local newest = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2] or '0'
local from = tonumber(ARGV[1]) > tonumber(newest) and '0' or ARGV[1]
local members = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. from, '+inf')
local found = {}
for first = 1, #members, ${PART} do
  local last = math.min(first + ${PART} - 1, #members)
  local ends = redis.call('ZMSCORE', KEYS[2], unpack(members, first, last))
  for i = first, last do
    local till = ends[i - first + 1]
    if till and tonumber(till) > clock then
      found[#found + 1] = members[i]
      found[#found + 1] = till
    end
  end
end
return { newest, found }
`);

const REPEATABLE = { repeatable: true } as const;

/** Revocations that end by the server's clock. */
export class RedisRevocations implements RevocationStore {
  readonly #connection: Connection;
  readonly #keys: readonly string[];
  readonly #onClose: () => void;
  #closed = false;

  constructor(connection: Connection, keyPrefix: string, onClose: () => void) {
    this.#connection = connection;
    this.#keys = [`${keyPrefix}lovage:revocations`, `${keyPrefix}lovage:revocations:ends`];
    this.#onClose = onClose;
  }

  async add(revocations: readonly Revocation[]): Promise<void> {
    this.#refuseAfterClose();
    const stored = revocations.map(storedRevocation);
    for (let first = 0; first < stored.length; first += PART) {
      const part = stored.slice(first, first + PART);
      const args = part.flatMap(({ key, untilMs }) => [key, String(untilMs)]);
      await ADD.run(this.#connection, this.#keys, [String(REVOCATIONS_KEPT), ...args], REPEATABLE);
    }
  }

  async since(cursor = '0'): Promise<RevocationChanges> {
    this.#refuseAfterClose();
    const from = /^\d{1,16}$/.test(cursor) ? cursor : '0';
    const reply = await SINCE.run(this.#connection, this.#keys, [from], REPEATABLE);
    const [newest, found] = reply as [string, readonly string[]];
    const revocations: Revocation[] = [];
    for (let at = 0; at < found.length; at += 2) {
      revocations.push(readStoredRevocation({ key: found[at]!, untilMs: Number(found[at + 1]) }));
    }
    return { revocations, cursor: newest };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose();
  }

  #refuseAfterClose(): void {
    if (this.#closed) throw new DriverError('closed', 'this revocation store has been closed');
  }
}
