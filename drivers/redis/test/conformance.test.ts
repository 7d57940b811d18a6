import { after, describe } from 'node:test';
import { brokerConformance } from '@lovage/contracts/conformance';
import { requireService } from '../../../tools/services.ts';
import { freshWorld, stopSharedServer } from './worlds.ts';

describe('redis', { skip: requireService('redis') }, () => {
  after(stopSharedServer);

  brokerConformance({
    name: 'redis',
    async fresh() {
      const { open, remote, dispose } = await freshWorld();
      return {
        remote,
        dispose,
        connect: async () => open().broker(),
        results: async () => open().results(),
      };
    },
  });
});
