import type { Probes, ProbesOptions } from './server.ts';

/** `startProbes`, loaded when it is asked for: whoever answers no probes needs no HTTP server in memory. */
export async function startProbes(options: ProbesOptions): Promise<Probes> {
  const { startProbes } = await import('./server.ts');
  return startProbes(options);
}
