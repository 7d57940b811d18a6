/** The app of the prefork tests: tasks that behave badly, each in its own way, and write down every run of theirs. */
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { currentTask, Lovage } from 'lovage';

const ledger = process.env['E2E_LEDGER'] ?? '';
const broker = process.env['E2E_BROKER'] ?? 'memory://';
const results = process.env['E2E_RESULTS'] ?? broker;

export const app = new Lovage('prefork', {
  brokerUrl: broker,
  resultBackend: results,
  lovageLeaseSeconds: 2,
});

const wrote = (label: string) => appendFileSync(ledger, `${label} ${process.pid}\n`);
app.signals.taskFailure.connect(({ taskId, exception }) => wrote(`${(exception as Error).name}:${taskId}`));
const kill = (pid: number): Promise<never> => {
  process.kill(pid, 'SIGKILL');
  return new Promise(() => {});
};
const LATE = { acksLate: true } as const;
const RETURNED = { acksLate: true, rejectOnWorkerLost: true } as const;

export const pid = app.task('pf.pid', () => process.pid);
/** Blocks its event loop, as a computation does. */
export const spin = app.task('pf.spin', (seconds: number) => {
  const until = Date.now() + seconds * 1000;
  while (Date.now() < until);
  return process.pid;
});
export const nap = app.task('pf.nap', async (seconds: number, label: string) => {
  wrote(label);
  await sleep(seconds * 1000);
  return label;
});
export const napLate = app.task({ name: 'pf.nap_late', ...LATE }, async (seconds: number, label: string) => {
  wrote(label);
  await sleep(seconds * 1000);
  return label;
});
export const dieEarly = app.task({ name: 'pf.die_early', rejectOnWorkerLost: true }, (label: string) => {
  wrote(label);
  return kill(process.pid);
});
export const dieLate = app.task({ name: 'pf.die_late', ...LATE }, (label: string) => {
  wrote(label);
  return kill(process.pid);
});
export const dieOnce = app.task(
  { name: 'pf.die_once', bind: true, ...RETURNED },
  async (self, label: string) => {
    wrote(label);
    return self.request.deliveryInfo.redelivered ? 'survived' : kill(process.pid);
  },
);
export const dieAlways = app.task({ name: 'pf.die_always', ...RETURNED }, (label: string) => {
  wrote(label);
  return kill(process.pid);
});
export const killWorker = app.task({ name: 'pf.kill_worker', ...RETURNED }, (label: string) => {
  wrote(label);
  return kill(process.ppid);
});
export const exits = app.task('pf.exits', (): number => process.exit(3));
export const unhandled = app.task('pf.unhandled', async () => {
  void Promise.reject(new TypeError('nobody caught this'));
  await sleep(60_000);
});
export const progress = app.task({ name: 'pf.progress', bind: true }, async (self, release: string) => {
  self.updateState('PROGRESS', { step: 1 });
  for (let waited = 0; waited < 500 && !(await isThere(release)); waited += 1) await sleep(20);
  return 'done';
});
export const family = app.task('pf.family', () => {
  const { id, rootId, parentId } = currentTask()!.request;
  return { id, rootId, parentId };
});
export const parent = app.task('pf.parent', async () => (await family.delay()).id);

const isThere = async (file: string) => {
  const { access } = await import('node:fs/promises');
  return access(file).then(
    () => true,
    () => false,
  );
};
