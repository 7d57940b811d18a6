import Database from 'better-sqlite3';
import { better, defineQueue } from 'plainjob';

const silent = () => {};
export const logger = { error: console.error, warn: console.warn, info: silent, debug: silent };
export const queue = defineQueue({ connection: better(new Database(process.env.BENCH_FILE)), logger });
