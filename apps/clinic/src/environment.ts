/** Where the clinic's neighbours are. Read when a task runs, so that calling tasks needs none of them. */
export function neighbour(variable: 'CLINIC_SMTP_URL' | 'CLINIC_REGISTRY_URL' | 'CLINIC_CRM_URL'): string {
  const url = process.env[variable];
  if (!url) throw new Error(`${variable} is not set: it must hold the URL of that service`);
  return url;
}
