import { canvasScenarios } from './canvas-scenarios.ts';
import { onEach } from './every-store.ts';

onEach(canvasScenarios, 'memory', 'sqlite', 'twoRedis', 'postgres', 'rabbitmq', 'kombu');
