/** For development: a mail server that prints what it takes, a CRM that is busy at first, and a bank, where .env says they are. */
import { CRM_FAILURES } from './demo/checks.ts';
import { startMailServer } from './demo/mail-server.ts';
import { QUACK } from './demo/people.ts';
import { startBank, startFlakyCrm } from './demo/web-servers.ts';
import { neighbour } from './environment.ts';

const portOf = (variable: Parameters<typeof neighbour>[0]): number =>
  Number(new URL(neighbour(variable)).port);

const [smtp, crm, bank] = await Promise.all([
  startMailServer(portOf('SMTP_URL'), ({ to, subject }) => console.log(`mail for ${to}: ${subject}`)),
  startFlakyCrm(CRM_FAILURES, QUACK.licence, portOf('CLINIC_CRM_URL')),
  startBank(portOf('CLINIC_PAYMENTS_URL')),
]);
console.log(`A mail server is at ${smtp.url}, a CRM at ${crm.url}, a bank at ${bank.url}.`);

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => void Promise.all([smtp.stop(), crm.stop(), bank.stop()]));
}
