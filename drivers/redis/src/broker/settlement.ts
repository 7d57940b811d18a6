import type { Settlement } from '@lovage/contracts';
import { storeArguments } from '../results/store-arguments.ts';
import type { Layout } from './layout.ts';
import { STEP } from './lua/settle.ts';
import { place } from './publisher.ts';

/** A settlement that the script carries out. */
export type Finishing = Exclude<Settlement, { kind: 'release' }>;

/** Where the result of a task is kept. */
export type ResultKey = (taskId: string) => string;

/** The steps of one settlement, as the script takes them. A release is no step: it goes through the restorer. */
export function steps(
  args: (string | Buffer)[],
  settlement: Finishing,
  layout: Layout,
  resultKey: ResultKey,
): void {
  const { delivery } = settlement;
  if (settlement.kind === 'reject') {
    const { name, tail, lists } = layout.queue(delivery.queue);
    const suffix = lists[layout.level(delivery.envelope.priority)]!.slice(lists[0]!.length);
    args.push(STEP.dead, name, tail, layout.prefix, suffix);
  } else if (settlement.kind === 'defer') {
    const { delayed, tail } = layout.queue(delivery.queue);
    const level = layout.level(delivery.envelope.priority);
    args.push(STEP.defer, delayed, String(settlement.notBefore), String(level), tail);
  } else {
    for (const message of settlement.followUps ?? []) {
      const { key, due, text } = place(layout, message);
      if (due === undefined) args.push(STEP.push, key, text);
      else args.push(STEP.park, key, String(due), text);
    }
    for (const record of settlement.records ?? []) {
      args.push(STEP.keep, resultKey(record.taskId), ...storeArguments([record]));
    }
  }
  args.push(STEP.end);
}
