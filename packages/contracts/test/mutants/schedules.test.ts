import { scheduleExam, scheduleMutants } from '@lovage/contracts/conformance';
import { prove } from './prove.ts';
import { worldsOf } from './worlds.ts';

prove({
  role: 'schedules',
  exam: scheduleExam,
  mutants: scheduleMutants,
  world: worldsOf((memory) => memory.schedules()),
  unproved: {
    'who is killed while claiming has claimed and sent, or neither': 'memory ends with its process',
  },
});
