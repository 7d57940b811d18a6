import { app } from '../app.ts';

/**
 * Sends tasks once what they speak of is committed. What was done stays done where the broker is away: that nobody was told is in
 * the answer and in the log, for a request that failed half would be sent again.
 */
export async function tell(
  ...calls: readonly (() => Promise<{ readonly id: string }>)[]
): Promise<{ tasks: string[]; told: boolean }> {
  const tasks: string[] = [];
  for (const call of calls) {
    try {
      tasks.push((await call()).id);
    } catch (error) {
      app.logger.error('nobody is told of a change: its task cannot be sent', { err: error });
    }
  }
  return { tasks, told: tasks.length === calls.length };
}
