/** What the environment says, by its names in the README's table. Read once, when the process starts; all that is wrong is told at once. */
const problems: string[] = [];

const DATABASE_URL = text('DATABASE_URL', 'sqlite:///.doorito/doorito.db');

export const settings = {
  /** `development` runs each task where it is called; `production` sends it to a worker. */
  env: oneOf('DOORITO_ENV', ['production', 'development']),
  databaseUrl: DATABASE_URL,
  onPostgres: /^postgres(ql)?:/i.test(DATABASE_URL),
  host: text('DOORITO_HOST', '127.0.0.1'),
  port: whole('PORT', 8000, 0),
  /** Asked of every request as `Authorization: Bearer …`, if it is set. */
  token: text('DOORITO_TOKEN', ''),

  uploadsFolder: text('UPLOADS_FOLDER', '.doorito/uploads'),
  uploadTtlHours: positive('FILE_UPLOAD_TTL_HOURS', 24),
  uploadMaxBytes: whole('FILE_UPLOAD_MAX_SIZE', 52_428_800),
  uploadTypes: list(
    'FILE_UPLOAD_ALLOWED_TYPES',
    'application/pdf,image/png,image/jpeg,image/gif,image/webp,text/plain,text/csv',
  ),
  cleanupUploadsIntervalHours: hours('CLEANUP_UPLOADS_INTERVAL_HOURS', 6),
  cleanupUploadsBatchSize: whole('CLEANUP_UPLOADS_BATCH_SIZE', 1_000),
  /** Two hours, looked at every hour: no file is missed. */
  expiringNoticeHours: positive('FILE_EXPIRING_NOTICE_HOURS', 2),
  notifyExpiringBatchSize: whole('NOTIFY_EXPIRING_BATCH_SIZE', 200),

  outboxBatchSize: whole('OUTBOX_BATCH_SIZE', 20),
  outboxSweepMinutes: positive('OUTBOX_SWEEP_INTERVAL_MINUTES', 5),
  outboxRetentionHours: positive('OUTBOX_RETENTION_HOURS', 168),
  webhookTimeoutSeconds: positive('WEBHOOK_TIMEOUT_SECONDS', 10),
  /** Seconds before each further try; empty: those of Standard Webhooks. */
  webhookRetrySchedule: list('WEBHOOK_RETRY_SCHEDULE', '').map(Number),
  webhookAllowHttp: oneOf('WEBHOOK_ALLOW_HTTP', ['0', '1']) === '1',
  webhookAllowAddresses: list('WEBHOOK_ALLOW_ADDRESSES', ''),
} as const;

if (problems.length > 0) throw new Error(`doorito cannot start:\n${problems.join('\n')}`);

function text(name: string, otherwise: string): string {
  return process.env[name] || otherwise;
}

function list(name: string, otherwise: string): string[] {
  return text(name, otherwise)
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean);
}

/** The first is the default. */
function oneOf<Choice extends string>(name: string, choices: readonly [Choice, ...Choice[]]): Choice {
  const value = text(name, choices[0]);
  if (!choices.includes(value as Choice))
    problems.push(`${name} must be ${choices.join(' or ')}, not '${value}'`);
  return value as Choice;
}

function positive(name: string, otherwise: number): number {
  const value = Number(text(name, String(otherwise)));
  if (!(Number.isFinite(value) && value > 0)) problems.push(`${name} must be a number above 0`);
  return value;
}

function whole(name: string, otherwise: number, least = 1): number {
  const value = Number(text(name, String(otherwise)));
  if (!(Number.isSafeInteger(value) && value >= least))
    problems.push(`${name} must be a whole number from ${least}`);
  return value;
}

/** What the hours of a day can be stepped by. */
function hours(name: string, otherwise: number): number {
  const value = whole(name, otherwise);
  if (value > 23) problems.push(`${name} must be at most 23`);
  return value;
}
