import { brokerExam, brokerMutants } from '@lovage/contracts/conformance';
import { prove } from './prove.ts';
import { worldsOf } from './worlds.ts';

prove({
  role: 'broker',
  exam: brokerExam,
  mutants: brokerMutants,
  world: worldsOf((memory) => memory.broker()),
  unproved: {
    'a success is not overwritten by a record that done carries': 'the results of a world are not wrapped',
  },
});
