import {
  brokerConformance,
  busConformance,
  chordConformance,
  lockConformance,
  resultConformance,
  revocationConformance,
  scheduleConformance,
} from '@lovage/contracts/conformance';
import { memoryWorld } from './world.ts';

brokerConformance({ name: 'memory', fresh: async () => memoryWorld('broker') });
resultConformance({ name: 'memory', fresh: async () => memoryWorld('results') });
chordConformance({ name: 'memory', fresh: async () => memoryWorld('chords') });
busConformance({ name: 'memory', fresh: async () => memoryWorld('bus') });
scheduleConformance({ name: 'memory', fresh: async () => memoryWorld('schedules') });
lockConformance({ name: 'memory', fresh: async () => memoryWorld('locks') });
revocationConformance({ name: 'memory', fresh: async () => memoryWorld('revocations') });
