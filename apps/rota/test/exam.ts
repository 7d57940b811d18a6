import { after, before } from 'node:test';
import { examineAccounts } from './scenes/accounts.ts';
import { examineBackups } from './scenes/backups.ts';
import { examineFailures } from './scenes/failures.ts';
import { examineLeave } from './scenes/leave.ts';
import { examinePage } from './scenes/page.ts';
import { examineRotas } from './scenes/rotas.ts';
import { examineSwaps } from './scenes/swaps.ts';
import type { Shared, Where } from './shared.ts';
import { Stage } from './stage.ts';

/** All that rota does, on one database. The scenes follow each other: a swap needs shifts. */
export function exam(prepare: () => Promise<Where>, { postgres }: { readonly postgres: boolean }): void {
  const shared = { postgres } as Shared;
  before(async () => {
    const where = await prepare();
    const refuse = (address: string) => (address.startsWith('refused@') ? '550 no such user' : undefined);
    const stage = await Stage.start({ ...where, smtp: { recipient: refuse } });
    Object.assign(shared, { where, stage });
  });
  after(async () => {
    await shared.stage?.stop();
    await shared.where?.stop?.();
  });
  examineLeave(shared);
  examineRotas(shared);
  examineSwaps(shared);
  examineAccounts(shared);
  examineFailures(shared);
  examineBackups(shared);
  examinePage(shared);
}
