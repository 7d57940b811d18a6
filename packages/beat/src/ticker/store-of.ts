import type { App } from '@lovage/app';
import type { BeatStore } from './options.ts';

/** Where the app's settings have periodic tasks kept. @throws ImproperlyConfigured where nothing can keep them */
export async function storeOf(app: App): Promise<BeatStore> {
  const drivers = (await app.drivers()) as { periodic?: () => Promise<BeatStore> };
  if (drivers.periodic) return drivers.periodic();
  throw new TypeError('this app cannot say where periodic tasks are kept');
}
