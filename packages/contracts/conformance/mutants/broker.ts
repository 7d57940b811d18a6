import { claimMutants } from './broker-claims.ts';
import { hasteMutants } from './broker-haste.ts';
import { messageMutants } from './broker-messages.ts';
import type { BrokerMutant } from './broker-parts.ts';
import { queueMutants } from './broker-queues.ts';
import { settleMutants } from './broker-settling.ts';
import { upkeepMutants } from './broker-upkeep.ts';

export const brokerMutants: readonly BrokerMutant[] = [
  ...messageMutants,
  ...claimMutants,
  ...settleMutants,
  ...queueMutants,
  ...upkeepMutants,
  ...hasteMutants,
];
