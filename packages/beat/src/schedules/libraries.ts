/** Libraries that few processes need: loaded when a zone or the sun is first asked for, since a client only sends. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

type TemporalNamespace = typeof import('temporal-polyfill').Temporal;
type Astronomy = typeof import('astronomy-engine');

let loadedTemporal: TemporalNamespace | undefined;
let loadedAstronomy: Astronomy | undefined;

/** Node's own Temporal where it has one (26 and later), else the polyfill. */
export function temporal(): TemporalNamespace {
  loadedTemporal ??=
    (globalThis as { Temporal?: TemporalNamespace }).Temporal ??
    (require('temporal-polyfill') as typeof import('temporal-polyfill')).Temporal;
  return loadedTemporal;
}

export function astronomy(): Astronomy {
  loadedAstronomy ??= require('astronomy-engine') as Astronomy;
  return loadedAstronomy;
}
