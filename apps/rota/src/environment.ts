import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** What rota is told by its environment. Read when it is needed, so that a command which sends nothing needs no mail server. */
const said = (name: string): string | undefined => process.env[name] || undefined;

export const isProduction = (): boolean => said('NODE_ENV') === 'production';

/** SQLite in a file beside the application, or what DATABASE_URL says. */
export const databaseUrl = (): string => said('DATABASE_URL') ?? 'sqlite:///.lovage/rota.db';

/** A mail server; in development the one of the Procfile. */
export const smtpUrl = (): string => said('SMTP_URL') ?? inDevelopment('SMTP_URL', 'smtp://127.0.0.1:2525');

export const mailFrom = (): string => said('MAIL_FROM') ?? 'Rota <rota@hospital.example>';

/** Where people reach the web server: what links in mails begin with. The worker writes them, and has no port. */
export const siteUrl = (): string => said('SITE_URL') ?? inDevelopment('SITE_URL', 'http://127.0.0.1:3000');

export function port(): number {
  const text = said('PORT') ?? '3000';
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 65_535)
    throw new Error(`PORT is ${text}: it must be a whole number from 0 to 65535`);
  return number;
}

export const backupFolder = (): string => said('BACKUP_DIR') ?? '.lovage/backups';

/** Signs the links in mails. In development it is made once, and kept for the web server and the worker alike. */
export function secret(): string {
  const given = said('ROTA_SECRET');
  if (given !== undefined) {
    if (given.length < 32)
      throw new Error('ROTA_SECRET is too short: 32 characters at least, drawn at random');
    return given;
  }
  const file = resolve(inDevelopment('ROTA_SECRET', '.lovage/rota-secret'));
  mkdirSync(dirname(file), { recursive: true });
  try {
    // Whoever is first makes it; the other reads it.
    writeFileSync(file, randomBytes(32).toString('hex'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(file, 'utf8');
}

function inDevelopment(name: string, value: string): string {
  if (isProduction()) throw new Error(`${name} is not set: in production it must be`);
  return value;
}
