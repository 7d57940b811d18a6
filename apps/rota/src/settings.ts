import type { SettingsInput } from 'lovage';

type Environment = Readonly<Record<string, string | undefined>>;

/** The broker, which keeps the results too: CELERY_BROKER_URL, or the Redis of REDIS_*, or a file beside the application. */
export function brokerUrl(env: Environment): string {
  const { CELERY_BROKER_URL: url, REDIS_HOST: host, REDIS_PASSWORD: password } = env;
  if (url) return url;
  if (!host) return 'sqlite:///.lovage/rota-queue.db';
  const redis = new URL(
    `redis://${host}:${numbered('REDIS_PORT', env, 6379)}/${numbered('REDIS_DB', env, 0)}`,
  );
  if (password) redis.password = encodeURIComponent(password);
  return redis.href;
}

/** Rota's table of settings. */
export function settings(env: Environment = process.env): SettingsInput {
  const url = brokerUrl(env);
  return {
    brokerUrl: url,
    resultBackend: env['CELERY_RESULT_BACKEND'] || url,
    acceptContent: ['json'],
    taskSerializer: 'json',
    resultSerializer: 'json',
    timezone: 'UTC',
    taskTrackStarted: true,
    taskTimeLimit: 30 * 60,
    workerPrefetchMultiplier: 1,
    workerMaxTasksPerChild: 1000,
    lovageLogLevel: env['NODE_ENV'] === 'production' ? 'warn' : 'info',
  };
}

function numbered(name: string, env: Environment, otherwise: number): number {
  const text = env[name];
  if (!text) return otherwise;
  if (!/^\d{1,5}$/.test(text)) throw new Error(`${name} is ${text}: it must be a whole number`);
  return Number(text);
}
