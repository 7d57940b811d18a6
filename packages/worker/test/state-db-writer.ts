/** A program: writes a large state file again and again, telling each clock that is on the disk, until it is killed. */
import { StateDb } from '../src/state-db.ts';

process.once('disconnect', () => process.exit(1));

const [path = '', from = '0'] = process.argv.slice(2);
const revoked = Array.from({ length: 20_000 }, (_, i) => ({
  kind: 'id' as const,
  taskId: `some task id ${i}`,
  untilMs: 9e12,
}));
const stateDb = new StateDb(path);
for (let clock = Number(from) + 1; ; clock += 1) {
  await stateDb.write({ clock, revoked });
  process.send?.(clock);
}
