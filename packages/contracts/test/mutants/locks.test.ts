import { lockExam, lockMutants } from '@lovage/contracts/conformance';
import { prove } from './prove.ts';
import { worldsOf } from './worlds.ts';

prove({
  role: 'locks',
  exam: lockExam,
  mutants: lockMutants,
  world: worldsOf((memory) => memory.locks()),
});
