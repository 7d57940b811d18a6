/** The outbox on SQLite and on PostgreSQL, with receivers on this machine. */
import { examineDelivery } from './delivery-exam.ts';
import { examineEmit, examineForeignTransactions } from './emit-exam.ts';
import { examineRowLocks, examineSweeps } from './sweep-exam.ts';
import { stages } from './world.ts';

const both = stages();
for (const stage of both) {
  examineEmit(stage);
  examineDelivery(stage);
  examineSweeps(stage);
}
const [sqlite, postgres] = both;
examineRowLocks(postgres);
examineForeignTransactions([sqlite, postgres]);
