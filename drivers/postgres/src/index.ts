export { driver } from './driver.ts';
export type { SqlTransaction } from './tx.ts';
export { drizzleTx, kyselyTx, postgresJsTx, prismaTx } from './tx.ts';
