import { after, describe } from 'node:test';
import {
  brokerConformance,
  busConformance,
  chordConformance,
  groupConformance,
  lockConformance,
  resultConformance,
  revocationConformance,
  scheduleConformance,
} from '@lovage/contracts/conformance';
import { requireService } from '../../../tools/services.ts';
import { freshWorld, stopSharedServer } from './worlds.ts';

describe('redis', { skip: requireService('redis') }, () => {
  after(stopSharedServer);

  brokerConformance({
    name: 'redis',
    async fresh() {
      const { open, remote, dispose } = await freshWorld();
      return { remote, dispose, connect: async () => open().broker(), results: async () => open().results() };
    },
  });

  resultConformance({
    name: 'redis',
    async fresh() {
      const { open, dispose } = await freshWorld();
      return { dispose, connect: async () => open().results() };
    },
  });

  chordConformance({
    name: 'redis',
    async fresh() {
      const { open, dispose } = await freshWorld();
      const results = async () => open().results();
      return { dispose, results, connect: async () => (await results()).chords! };
    },
  });

  groupConformance({
    name: 'redis',
    async fresh() {
      const { open, dispose } = await freshWorld();
      return { dispose, connect: async () => open().results().groups! };
    },
  });

  busConformance({
    name: 'redis',
    async fresh() {
      const { open, dispose } = await freshWorld();
      return { dispose, connect: async () => open().bus() };
    },
  });

  scheduleConformance({
    name: 'redis',
    async fresh() {
      const { open, remote, dispose } = await freshWorld();
      return {
        remote,
        dispose,
        connect: async () => open().schedules(),
        broker: async () => open().broker(),
      };
    },
  });

  lockConformance({
    name: 'redis',
    async fresh() {
      const { open, dispose } = await freshWorld();
      return { dispose, connect: async () => open().locks() };
    },
  });

  revocationConformance({
    name: 'redis',
    async fresh() {
      const { open, remote, dispose } = await freshWorld();
      return { remote, dispose, connect: async () => open().revocations() };
    },
  });
});
