import { resultExam, resultMutants } from '@lovage/contracts/conformance';
import { prove } from './prove.ts';
import { worldsOf } from './worlds.ts';

prove({
  role: 'results',
  exam: resultExam,
  mutants: resultMutants,
  world: worldsOf((memory) => memory.results()),
});
