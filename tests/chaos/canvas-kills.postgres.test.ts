import { onPostgres } from './canvas-kill-stores.ts';

/** The long run is in canvas-kills.soak.test.ts. */
onPostgres('prefork', { workflows: 10, kills: 6, killingMs: 7000 }, 85_000);
