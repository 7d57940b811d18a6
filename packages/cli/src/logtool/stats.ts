import { paint } from '../output/paint.ts';
import { table } from '../output/table.ts';
import { counted } from '../output/texts.ts';
import type { Audit, TaskCounts } from './audit.ts';

/** For programs. Times in seconds. */
export function statsDocument(audit: Audit): Record<string, unknown> {
  const rows = [...audit.byName].map(([name, { received, ended, runtime }]) => ({
    task: name,
    received,
    ...ended,
    mean_runtime: mean({ ended, runtime }) ?? null,
    max_runtime: ended.succeeded === 0 ? null : runtime.longest,
  }));
  const sum = (key: keyof TaskCounts['ended'] | 'received'): number =>
    rows.reduce((total, row) => total + row[key], 0);
  return {
    total: sum('received'),
    succeeded: sum('succeeded'),
    errors: sum('failed'),
    retried: sum('retried'),
    incomplete: audit.incomplete.length,
    tasks: rows.toSorted((one, other) => other.received - one.received),
  };
}

/** The same for people, the most frequent task first. */
export function statsText(audit: Audit): string {
  if (audit.byName.size === 0) return 'The log tells of no task. Is its level INFO or lighter?';
  const rows = [...audit.byName].toSorted(([, one], [, other]) => other.received - one.received);
  const { total, succeeded, errors, incomplete } = statsDocument(audit);
  return [
    table(
      [
        { title: 'Task' },
        ...['Received', 'Succeeded', 'Failed', 'Retried', 'Other', 'Mean', 'Longest'].map((title) => ({
          title,
          align: 'right' as const,
        })),
      ],
      rows.map(([name, counts]) => row(name, counts)),
    ),
    '',
    `${counted(Number(total), 'task')} received: ${succeeded} succeeded, ${errors} failed, ${incomplete} incomplete.`,
  ].join('\n');
}

function row(name: string, { received, ended, runtime }: TaskCounts): string[] {
  const { succeeded, failed, retried, ignored, rejected, revoked } = ended;
  const average = mean({ ended, runtime });
  return [
    name,
    String(received),
    String(succeeded),
    failed > 0 ? paint('red', String(failed)) : '0',
    String(retried),
    String(ignored + rejected + revoked),
    average === undefined ? '–' : `${average.toFixed(3)}s`,
    succeeded === 0 ? '–' : `${runtime.longest.toFixed(3)}s`,
  ];
}

const mean = ({ ended, runtime }: Pick<TaskCounts, 'ended' | 'runtime'>): number | undefined =>
  ended.succeeded === 0 ? undefined : runtime.total / ended.succeeded;
