import { brokerConformance } from '@lovage/contracts/conformance';
import { World } from './world.ts';

brokerConformance({
  name: 'sqlite',
  async fresh() {
    const world = await World.create();
    return {
      connect: async () => world.open().broker(),
      results: async () => world.open().results(),
      remote: { module: import.meta.resolve('@lovage/sqlite'), url: world.url },
      dispose: () => world.dispose(),
    };
  },
});
