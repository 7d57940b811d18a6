import { KOMBU } from '../e2e/breakable.ts';
import { brokerTrouble } from './broker-trouble.ts';

brokerTrouble(KOMBU);
