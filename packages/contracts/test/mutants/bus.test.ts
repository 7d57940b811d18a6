import { busExam, busMutants } from '@lovage/contracts/conformance';
import { prove } from './prove.ts';
import { worldsOf } from './worlds.ts';

prove({
  role: 'bus',
  exam: busExam,
  mutants: busMutants,
  world: worldsOf((memory) => memory.bus()),
});
