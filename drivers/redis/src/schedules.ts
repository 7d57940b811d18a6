import { randomUUID } from 'node:crypto';
import {
  DriverError,
  type ScheduleDefinition,
  type ScheduleStore,
  type StoredSchedule,
} from '@lovage/contracts';
import type { Reply } from './connection/client.ts';
import type { Connection } from './connection/connection.ts';
import { Script } from './connection/script.ts';

/** KEYS definitions, revision · ARGV name, definition */
const PUT = new Script(`
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('INCR', KEYS[2])
return 1
`);

/** KEYS definitions, runs, revision · ARGV name */
const REMOVE = new Script(`
local gone = redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
if gone == 1 then redis.call('INCR', KEYS[3]) end
return gone
`);

/**
 * Compare and set the last run: '<occurrence> <count> <token>'. Asked again with the same token it answers the same,
 * so that a claim whose answer was lost is not lost itself.
 * KEYS definitions, runs · ARGV name, previous occurrence or '', occurrence, token
 */
const CLAIM_RUN = new Script(`
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
local last, count, token = string.match(redis.call('HGET', KEYS[2], ARGV[1]) or ' 0 ', '^(%S*) (%d+) (.*)$')
if token == ARGV[4] then return 1 end
if last ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3] .. ' ' .. (count + 1) .. ' ' .. ARGV[4])
return 1
`);

const REPEATABLE = { repeatable: true } as const;

/** Schedules in two hashes, definitions and last runs, and a counter that moves with the definitions. */
export class RedisSchedules implements ScheduleStore {
  readonly #connection: Connection;
  readonly #definitions: string;
  readonly #runs: string;
  readonly #revision: string;
  readonly #onClose: () => void;
  #closed = false;

  constructor(connection: Connection, keyPrefix: string, onClose: () => void) {
    this.#connection = connection;
    this.#definitions = `${keyPrefix}lovage:schedules`;
    this.#runs = `${keyPrefix}lovage:schedules:runs`;
    this.#revision = `${keyPrefix}lovage:schedules:revision`;
    this.#onClose = onClose;
  }

  async list(): Promise<readonly StoredSchedule[]> {
    this.#refuseAfterClose();
    const commands = [
      ['HGETALL', this.#definitions],
      ['HGETALL', this.#runs],
    ];
    const [definitions, runs] = (await this.#connection.sendAll(commands, REPEATABLE)).map(fieldsOf);
    return [...definitions!]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, text]) => ({ ...readDefinition(name, text), ...readRun(runs!.get(name)) }));
  }

  async put({ name, definition, enabled }: ScheduleDefinition): Promise<void> {
    this.#refuseAfterClose();
    const text = JSON.stringify({ enabled, definition: Buffer.from(definition).toString('base64') });
    await PUT.run(this.#connection, [this.#definitions, this.#revision], [name, text], REPEATABLE);
  }

  /** Not repeated when its answer is lost: the second attempt would find nothing to remove. */
  async remove(name: string): Promise<boolean> {
    this.#refuseAfterClose();
    const keys = [this.#definitions, this.#runs, this.#revision];
    return (await REMOVE.run(this.#connection, keys, [name])) === 1;
  }

  async claimRun(name: string, previous: number | undefined, occurrence: number): Promise<boolean> {
    this.#refuseAfterClose();
    const args = [name, previous === undefined ? '' : String(previous), String(occurrence), randomUUID()];
    return (await CLAIM_RUN.run(this.#connection, [this.#definitions, this.#runs], args, REPEATABLE)) === 1;
  }

  async revision(): Promise<string> {
    this.#refuseAfterClose();
    return String((await this.#connection.send(['GET', this.#revision], REPEATABLE)) ?? '0');
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose();
  }

  #refuseAfterClose(): void {
    if (this.#closed) throw new DriverError('closed', 'this schedule store has been closed');
  }
}

/** HGETALL as a map: RESP3 answers an object. */
function fieldsOf(reply: Reply): ReadonlyMap<string, string> {
  return new Map(Object.entries(reply as Readonly<Record<string, string>>));
}

function readDefinition(name: string, text: string): ScheduleDefinition {
  try {
    const { enabled, definition } = JSON.parse(text) as { enabled: boolean; definition: string };
    return { name, enabled, definition: new Uint8Array(Buffer.from(definition, 'base64')) };
  } catch (error) {
    throw new DriverError('corrupt', `the schedule '${name}' cannot be read`, { cause: error });
  }
}

function readRun(text = ' 0 '): Pick<StoredSchedule, 'lastRun' | 'runs'> {
  const [last = '', count] = text.split(' ');
  return { lastRun: last === '' ? undefined : Number(last), runs: Number(count) };
}
