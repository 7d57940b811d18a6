/** `npm start`: a worker, an SMTP server, a flaky CRM, and the clinic's workflows between them. Ends by itself. */
import { parseArgs, styleText } from 'node:util';
import { app } from './app.ts';
import { CRM_FAILURES, checks, EXPECTED_MAILS, sorted } from './demo/checks.ts';
import { startMailServer } from './demo/mail-server.ts';
import { QUACK } from './demo/people.ts';
import { Screen, table } from './demo/screen.ts';
import { startShow } from './demo/show.ts';
import { startFlakyCrm } from './demo/web-servers.ts';
import { startWorker } from './demo/worker-process.ts';

const { values } = parseArgs({ options: { broker: { type: 'string' }, verbose: { type: 'boolean' } } });
if (values.broker) app.overrideSettings({ brokerUrl: values.broker });

const smtp = await startMailServer();
const crm = await startFlakyCrm(CRM_FAILURES, QUACK.licence);

const { broker, brokerLabel } = await app.drivers();
// What an earlier run left behind when it was interrupted.
for (const { name } of app.queues()) await broker.purge(name);
console.log(`Starting a prefork worker with 2 children on ${brokerLabel}`);
const worker = await startWorker({
  broker: values.broker,
  env: { SMTP_URL: smtp.url, CLINIC_CRM_URL: crm.url },
  onLine: (line) => values.verbose && console.error(line),
});
console.log(`Worker ${worker.pid} is ready. Sending workflows:`);

const show = await startShow();
const screen = new Screen(show.sections);
const drawing = setInterval(() => screen.draw(), 80);
const ended = await show.ended();
clearInterval(drawing);
screen.draw();

console.log(`\nResults\n\n${table(show.sections)}`);
console.log('\nWhat is wrong in december.csv\n');
for (const { row, problems } of ended.upload?.wrong ?? [])
  console.log(`  row ${row}: ${problems.join('; ')}`);

// Nobody waits for the result of an errback: its e-mail may come last.
await smtp.arrived(EXPECTED_MAILS, AbortSignal.timeout(20_000));
console.log(
  `\nMail that arrived over SMTP\n\n${sorted(smtp.mails)
    .map((mail) => `  ${mail}\n`)
    .join('')}`,
);

const code = await worker.stop();
await Promise.all([app.close(), smtp.stop(), crm.stop()]);

const claims = checks(ended, smtp.mails, crm.requests());
claims.push([`The worker finished what it had and ended with code ${code}.`, code === 0]);
for (const [claim, holds] of claims) {
  console.log(holds ? `${styleText('green', '✔')} ${claim}` : `${styleText('red', '✖')} NOT TRUE: ${claim}`);
}
if (!claims.every(([, holds]) => holds)) process.exitCode = 1;
