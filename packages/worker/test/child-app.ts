/** An app for children and threads: says on its log when it is prepared and shut down. */
import { isMainThread } from 'node:worker_threads';
import { App } from '@lovage/app';

export const app = new App('child', { lovageLogFile: process.env['CHILD_APP_LOG'] ?? null });

app.task({ name: 'child.add' }, (a: number, b: number) => a + b);

const here = isMainThread ? 'a process' : 'a thread';
app.signals.workerProcessInit.connect(() => app.logger.info(`prepared in ${here}`));
app.signals.workerProcessShutdown.connect(({ pid }) => app.logger.info(`shut down by ${pid}`));
