import { revocationExam, revocationMutants } from '@lovage/contracts/conformance';
import { prove } from './prove.ts';
import { worldsOf } from './worlds.ts';

prove({
  role: 'revocations',
  exam: revocationExam,
  mutants: revocationMutants,
  world: worldsOf((memory) => memory.revocations()),
});
