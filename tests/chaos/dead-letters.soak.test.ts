/** Kills while dead letters are written and sent again: none is lost, and where the store does both at once none is there twice. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { redisDatabase, requireService, startPostgres, startRedis } from '../../tools/services.ts';
import { skipRabbitmq, startSeenRabbitmq } from '../e2e/rabbitmq.ts';
import { deadLettersSurvive } from './dead-letters.ts';

const ONCE = { letters: 0, messages: 0 };

test('SQLite', { timeout: 600_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'lovage-letters-'));
  t.after(() => rm(folder, { recursive: true }));
  assert.deepEqual(await deadLettersSurvive(t, { broker: `sqlite:///${join(folder, 'tasks.db')}` }), ONCE);
});

test('Redis', { skip: requireService('redis'), timeout: 600_000 }, async (t) => {
  const redis = await startRedis();
  t.after(() => redis.stop());
  assert.deepEqual(await deadLettersSurvive(t, { broker: redis.url }), ONCE);
});

test('PostgreSQL', { skip: requireService('postgres'), timeout: 600_000 }, async (t) => {
  const postgres = await startPostgres();
  t.after(() => postgres.stop());
  assert.deepEqual(await deadLettersSurvive(t, { broker: postgres.url }), ONCE);
});

test('RabbitMQ, results in Redis', { skip: skipRabbitmq(), timeout: 600_000 }, async (t) => {
  const [rabbitmq, redis] = await Promise.all([startSeenRabbitmq(), startRedis()]);
  t.after(() => Promise.all([rabbitmq.stop(), redis.stop()]));
  const store = { broker: rabbitmq.url, results: redisDatabase(redis, 0) };
  const { letters, messages } = await deadLettersSurvive(t, store);
  t.diagnostic(`${letters} letters and ${messages} messages too many, of what a kill touched`);
});
