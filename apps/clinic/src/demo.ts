/** `npm start`: a worker, an SMTP server, a flaky CRM, and the clinic's tasks between them. Ends by itself. */
import { parseArgs } from 'node:util';
import { app } from './app.ts';
import { startFlakyCrm, startMailServer } from './demo/neighbours.ts';
import type { Row } from './demo/screen.ts';
import { Screen, table } from './demo/screen.ts';
import { startWorker } from './demo/worker-process.ts';
import { syncDoctor } from './tasks/crm.ts';
import { sendWelcomeEmail } from './tasks/emails.ts';
import { buildReport } from './tasks/reports.ts';

const { values } = parseArgs({ options: { broker: { type: 'string' }, verbose: { type: 'boolean' } } });
/** A queue of its own: on a broker of yours the demo touches no task but its own. */
const QUEUE = 'clinic-demo';
app.overrideSettings({ taskDefaultQueue: QUEUE, ...(values.broker ? { brokerUrl: values.broker } : {}) });

const DOCTORS = [
  { name: 'Ada Quill', email: 'ada@clinic.example' },
  { name: 'Björn Salk', email: 'bjorn@clinic.example' },
  { name: 'Chiyo Endo', email: 'chiyo@clinic.example' },
];

const mails: string[] = [];
const smtp = await startMailServer((subject, to) => mails.push(`${to.padEnd(24)} ${subject}`));
const crm = await startFlakyCrm(2);

const { broker, brokerLabel } = await app.drivers();
// What an earlier run left behind when it was interrupted.
await broker.purge(QUEUE);
console.log(`Starting a prefork worker with 2 children on ${brokerLabel}`);
const worker = await startWorker({
  broker: values.broker,
  queue: QUEUE,
  env: { CLINIC_SMTP_URL: smtp.url, CLINIC_CRM_URL: crm.url },
  onLine: (line) => values.verbose && console.error(line),
});
console.log(`Worker ${worker.pid} is ready. Calling tasks:\n`);

const rows: Row[] = [];
const screen = new Screen(rows);
const calls = [
  ...DOCTORS.map((doctor) => follow(sendWelcomeEmail.delay(doctor), 'send_welcome_email', doctor.name)),
  follow(syncDoctor.delay(7), 'sync_doctor', 'doctor 7'),
  follow(syncDoctor.delay(8), 'sync_doctor', 'doctor 8'),
  follow(buildReport.delay('Yearly report', 40), 'build_report', 'Yearly report'),
  follow(buildReport.delay('Monthly report', 15), 'build_report', 'Monthly report'),
];
const drawing = setInterval(() => screen.draw(), 80);
await Promise.all(calls);
clearInterval(drawing);
screen.draw();

console.log(`\nResults\n\n${table(rows)}`);
console.log(
  `\nMail that arrived over SMTP\n\n${mails
    .sort()
    .map((mail) => `  ${mail}`)
    .join('\n')}`,
);
console.log(
  `\nThe CRM was asked ${crm.requests()} times for 2 doctors: it failed each twice, and was tried again.`,
);

const code = await worker.stop();
await Promise.all([app.close(), smtp.stop(), crm.stop()]);
console.log(`The worker finished what it had and ended with code ${code}.`);

const failed = rows.filter((row) => row.state !== 'SUCCESS').length;
if (failed > 0 || mails.length !== DOCTORS.length || code !== 0) {
  console.error(
    `${failed} of ${rows.length} tasks failed, ${mails.length} of ${DOCTORS.length} mails arrived.`,
  );
  process.exitCode = 1;
}

/** Keeps a row of the screen true to what the task does, until it ends. */
async function follow(
  sent: ReturnType<typeof sendWelcomeEmail.delay | typeof syncDoctor.delay | typeof buildReport.delay>,
  task: string,
  about: string,
): Promise<void> {
  const row: Row = {
    task: `clinic.${task}`,
    about,
    state: 'PENDING',
    progress: 0,
    result: '',
    seconds: undefined,
  };
  rows.push(row);
  const startedMs = performance.now();
  const result = await sent;
  for await (const update of result.updates()) {
    row.state = update.state;
    if (update.state === 'PROGRESS') {
      const { current, total } = update.info as { current: number; total: number };
      row.progress = current / total;
    }
  }
  try {
    row.result = JSON.stringify(await result.get());
  } catch (error) {
    row.result = (error as Error).message;
  }
  row.progress = 1;
  row.seconds = (performance.now() - startedMs) / 1000;
}
