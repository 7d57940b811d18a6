import { app } from '../app.ts';
import { database } from '../database/index.ts';
import { type Phase, runPhase } from '../rota/phases.ts';
import { Refused } from '../services/refused.ts';

const NAME = 'tasks.rota_tasks';

/** What Python calls it when something is not there any more. */
export class NotImplementedError extends Error {
  override readonly name = 'NotImplementedError';
}

const replaced = (task: string): never => {
  throw new NotImplementedError(
    `${task} is deprecated: rotas are generated in phases. Call ${NAME}.prepare_rota_phase_task, assign_nights_phase_task, assign_days_phase_task and balance_rota_phase_task, or: manage generate-rota --phase`,
  );
};

/** @deprecated use the phases */
export const generateRotaTask = app.task(
  { name: `${NAME}.generate_rota_task`, params: ['rota_id'], throws: [NotImplementedError] },
  (_rotaId?: number): never => replaced('generate_rota_task'),
);

/** @deprecated use the phases */
export const rebalanceRotaTask = app.task(
  { name: `${NAME}.rebalance_rota_task`, params: ['rota_id'], throws: [NotImplementedError] },
  (_rotaId?: number): never => replaced('rebalance_rota_task'),
);

/** One phase. Late acknowledged: it is one transaction, and to run it again changes nothing. */
const phase = (name: string, which: Phase) =>
  app.task(
    {
      name: `${NAME}.${name}`,
      params: ['rota_id'],
      acksLate: true,
      rejectOnWorkerLost: true,
      throws: [Refused],
    },
    async (rotaId: number) => runPhase(await database(), rotaId, which),
  );

/** Each phase's task, in their order. */
export const PHASE_TASKS = {
  prepare: phase('prepare_rota_phase_task', 'prepare'),
  nights: phase('assign_nights_phase_task', 'nights'),
  days: phase('assign_days_phase_task', 'days'),
  balance: phase('balance_rota_phase_task', 'balance'),
} as const;
