import { app } from '../app.ts';
import { recordTasks } from '../services/task-events.ts';
import { sendBackupFailureEmail } from './backup-tasks.ts';
import { sendAdminEmail, sendRotaGenerationFailureEmail, sendTaskFailureEmail } from './email-tasks.ts';
import { PHASE_TASKS } from './rota-tasks.ts';

/** They tell of failures: to tell of theirs would not end. */
const TELLERS = new Set<string>([
  sendTaskFailureEmail.name,
  sendRotaGenerationFailureEmail.name,
  sendBackupFailureEmail.name,
  sendAdminEmail.name,
]);
const PHASE_OF = new Map<string, string>(
  Object.entries(PHASE_TASKS).map(([phase, task]) => [task.name, phase]),
);

/** A task that fails for good is told to the administrators, a phase of a rota in words of its own. */
app.signals.taskFailure.connect(async ({ taskId, exception, args, kwargs }, sender) => {
  if (sender === null || TELLERS.has(sender)) return;
  const error = exception instanceof Error ? `${exception.name}: ${exception.message}` : String(exception);
  const phase = PHASE_OF.get(sender);
  if (phase === undefined) await sendTaskFailureEmail.delay(sender, taskId, error);
  else await sendRotaGenerationFailureEmail.delay(Number(args[0] ?? kwargs['rota_id']), phase, error);
});

recordTasks(app);
