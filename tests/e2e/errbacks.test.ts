import { errbackScenarios } from './errback-scenarios.ts';
import { onEach } from './every-store.ts';

onEach(errbackScenarios, 'memory', 'sqlite', 'twoRedis', 'rabbitmq');
