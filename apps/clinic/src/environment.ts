/** Where the clinic's neighbours are. Read when a task runs, so that calling tasks needs none of them. */
export function neighbour(variable: 'SMTP_URL' | 'CLINIC_CRM_URL' | 'CLINIC_PAYMENTS_URL'): string {
  const url = process.env[variable];
  if (!url) throw new Error(`${variable} is not set: it must hold the URL of that service`);
  return url;
}

/** The clinic's own database: an SQLite file, or PostgreSQL. */
export const DATABASE_URL = process.env['DATABASE_URL'] || 'sqlite:///.lovage/clinic.db';

/** Where finished PDF reports are. */
export const REPORTS_FOLDER = process.env['CLINIC_REPORTS'] || '.lovage/reports';
