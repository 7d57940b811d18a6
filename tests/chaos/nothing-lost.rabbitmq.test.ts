import { onRabbitmq, SHORT } from './nothing-lost-stores.ts';

onRabbitmq(SHORT);
