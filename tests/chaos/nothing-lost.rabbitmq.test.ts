import { onRabbitmq, SHORTER } from './nothing-lost-stores.ts';

onRabbitmq(SHORTER);
