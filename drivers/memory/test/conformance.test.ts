import { brokerConformance } from '@lovage/contracts/conformance';
import { memoryWorld } from './world.ts';

brokerConformance({ name: 'memory', fresh: async () => memoryWorld() });
