/** What a pool does with a task before it begins. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Delivery, PoolJob, PoolOutcome } from '@lovage/contracts';
import type { TaskHeaders } from '@lovage/protocol';
import type { Completion } from '../src/completer.ts';
import { Executions, type ExecutionsParts } from '../src/executions.ts';
import { until } from './scene.ts';

const WITHDRAWN: PoolOutcome = { kind: 'lost', reason: 'withdrawn', detail: 'withdrawn before it began' };

const delivery = {
  queue: 'mail',
  envelope: { id: 'task-1', headers: {}, body: new Uint8Array(2) },
  deliveries: 1,
  redelivered: false,
  receipt: 'receipt-1',
} as unknown as Delivery;
const headers = { id: 'task-1', task: 'mail.send' } as TaskHeaders;

/** A pool that keeps every job ahead and begins none, and a completer that writes down what it is given. */
function scene(acksLate: boolean) {
  const jobs = new Map<string, (outcome: PoolOutcome) => void>();
  const completions: Completion[] = [];
  const pool = {
    traits: { isolated: true, canKill: true },
    run: ({ id }: PoolJob) => new Promise<PoolOutcome>((resolve) => jobs.set(id, resolve)),
    ahead: {
      places: 4,
      get taken() {
        return jobs.size;
      },
      withdraw(id: string) {
        jobs.get(id)?.(WITHDRAWN);
        return jobs.delete(id);
      },
    },
  };
  const completer = {
    add(completion: Completion) {
      completions.push(completion);
      completion.onSettled?.(false);
    },
  };
  const executions = new Executions({
    app: { tasks: new Map([['mail.send', { options: { acksLate } }]]) },
    limits: { of: () => ({}) },
    describes: () => false,
    pool,
    completer,
  } as unknown as ExecutionsParts);
  return { executions, jobs, completions };
}

suite('a task that was handed to the pool and has not begun', () => {
  test('goes back when it has waited too long, while the broker still has it', async () => {
    const { executions, jobs, completions } = scene(true);
    const ended = executions.start({ delivery, headers });
    await until(() => jobs.size === 1, 'the pool has it');
    assert.equal(executions.withdraw(Date.now()), 1);
    await ended;
    assert.deepEqual(completions, [
      { records: [], followUps: [], settlement: { kind: 'release', delivery } },
    ]);
  });

  test('stays when the broker has forgotten it, however long it waits', async () => {
    const { executions, jobs } = scene(false);
    void executions.start({ delivery, headers });
    await until(() => jobs.size === 1, 'the pool has it');
    assert.equal(executions.withdraw(Date.now()), 0);
    assert.equal(executions.count, 1);
  });

  test('is sent anew when the broker has forgotten it and the pool closes', async () => {
    const { executions, jobs, completions } = scene(false);
    const ended = executions.start({ delivery, headers });
    await until(() => jobs.size === 1, 'the pool has it');
    jobs.get(delivery.receipt)!(WITHDRAWN);
    await ended;
    const [acknowledgement, ...rest] = completions;
    assert.equal(acknowledgement!.settlement!.kind, 'done');
    assert.deepEqual(rest, [{ records: [], followUps: [{ queue: 'mail', envelope: delivery.envelope }] }]);
  });
});
