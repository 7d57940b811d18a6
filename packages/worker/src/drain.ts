import type { Logger } from '@lovage/app';
import type { BusListener, Pool } from '@lovage/contracts';
import type { Running } from './assemble.ts';

/**
 * Takes a running worker apart, in the order that loses nothing: claim no more, let what runs end, settle it,
 * and only then let go of the leases and of the connections. Never rejects: a store that is away at the end
 * gets back by itself, once the lease lapses, what could not be given back.
 */
export async function drain(
  running: Running & { readonly company: BusListener },
  pool: Pool | undefined,
  log: Logger,
): Promise<void> {
  const { intake, executions, chords, completer, leases, sweeper, company, consumer } = running;
  const { heart, events, revoked, quarantine, letterTrimmer, letterSweeper, autoscaler, chordRepair } =
    running;
  const attempt = async (what: string, step: () => Promise<void> | undefined): Promise<void> => {
    try {
      await step();
    } catch (error) {
      log.warn(`cannot ${what}`, { err: error });
    }
  };
  autoscaler?.stop();
  await intake.stop();
  // Its heart beats on and it still answers: a worker that finishes long tasks is not gone.
  await executions.ended();
  await chordRepair?.stop();
  await chords.flush();
  await completer.flush();
  await quarantine.stop();
  await letterTrimmer.stop();
  await letterSweeper?.stop();
  await attempt('leave the other workers', () => company.close());
  await revoked.stop();
  await leases.stop();
  await sweeper?.stop();
  await attempt('give back what is held; it comes back when its lease lapses', () => consumer.close());
  heart?.stop();
  await events?.flush();
  await pool?.close(0);
}
