import type { App } from '@lovage/app';
import type { Envelope } from '@lovage/contracts';
import type { TaskHeaders } from '@lovage/protocol';
import { isoUtc, readHeaders } from '@lovage/protocol';
import { textList } from '../arguments.ts';
import type { Command, CommandContext } from '../command.ts';
import type { HeldTask } from '../panel.ts';
import type { RequestInfo } from '../request-info.ts';
import { TaskDescriber } from '../request-info.ts';

/** Tasks not yet due that are shown of each queue, the soonest first. */
const MAX_SCHEDULED = 1000;
/** What every entry of Celery's timer has. */
const TIMER_PRIORITY = 6;

/** Which tasks this worker holds. */
export const taskCommands: readonly Command[] = [
  {
    name: 'active',
    alias: 'dump_active',
    optional: ['safe'],
    run: ({ panel }, { safe }) => describe(panel, panel.active(), safe === true),
  },
  {
    name: 'reserved',
    alias: 'dump_reserved',
    run: ({ panel }) => describe(panel, panel.reserved()),
  },
  {
    name: 'scheduled',
    alias: 'dump_schedule',
    run: (context) => scheduled(context),
  },
  {
    name: 'revoked',
    alias: 'dump_revoked',
    run: ({ panel }) => panel.tasks.revokedIds(),
  },
  {
    name: 'query_task',
    required: ['ids'],
    run: ({ panel }, args) => queryTask(panel, textList(args, 'ids')),
  },
];

type Panel = CommandContext['panel'];

function describe(
  { app, hostname }: Panel,
  tasks: readonly HeldTask[],
  safe = false,
): readonly RequestInfo[] {
  const describer = new TaskDescriber(app, hostname, { safe });
  return tasks.map((task) => describer.info(task));
}

/** In the order asked; those that neither run nor wait here are left out. */
function queryTask(panel: Panel, ids: readonly string[]) {
  const found = new Map<string, readonly [state: string, task: HeldTask]>();
  for (const task of panel.reserved()) found.set(task.headers.id, ['reserved', task]);
  for (const task of panel.active()) found.set(task.headers.id, ['active', task]);
  const describer = new TaskDescriber(panel.app, panel.hostname);
  return Object.fromEntries(
    ids.flatMap((id) => {
      const [state, task] = found.get(id) ?? [];
      return state && task ? [[id, [state, describer.info(task)]]] : [];
    }),
  );
}

async function scheduled({ panel, log }: CommandContext) {
  const { app, hostname } = panel;
  const describer = new TaskDescriber(app, hostname);
  const tasks = await panel.scheduled(MAX_SCHEDULED);
  const answer = [];
  for (const { queue, envelope, notBefore } of tasks.toSorted((a, b) => a.notBefore - b.notBefore)) {
    const headers = headersOf(app, envelope);
    if (headers === undefined) continue;
    const delivery = { queue, envelope, redelivered: false };
    answer.push({
      eta: isoUtc(notBefore),
      priority: TIMER_PRIORITY,
      request: describer.info({ delivery, headers, acknowledged: false }),
    });
  }
  const unreadable = tasks.length - answer.length;
  if (unreadable > 0) log.warn(`inspect scheduled leaves out ${unreadable} messages that cannot be read`);
  return answer;
}

/** Undefined for what will go to the quarantine when it is due. */
function headersOf(app: App, envelope: Envelope): TaskHeaders | undefined {
  try {
    return readHeaders(envelope, { timezone: app.conf.timezone });
  } catch {
    return undefined;
  }
}
