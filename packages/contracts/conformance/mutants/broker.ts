import { claimMutants } from './broker-claims.ts';
import { messageMutants } from './broker-messages.ts';
import type { BrokerMutant } from './broker-parts.ts';
import { queueMutants } from './broker-queues.ts';
import { settleMutants } from './broker-settling.ts';

export const brokerMutants: readonly BrokerMutant[] = [
  ...messageMutants,
  ...claimMutants,
  ...settleMutants,
  ...queueMutants,
];
