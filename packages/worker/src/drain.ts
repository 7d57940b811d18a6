import type { Logger } from '@lovage/app';
import type { BusListener, Consumer, Pool } from '@lovage/contracts';
import type { Chords } from './chords.ts';
import type { Completer } from './completer.ts';
import type { Executions } from './executions.ts';
import type { Intake } from './intake.ts';
import type { Leases } from './leases.ts';
import type { Sweeper } from './sweeper.ts';

/** The parts that exist once a worker runs. */
export interface Running {
  readonly consumer: Consumer;
  readonly completer: Completer;
  readonly chords: Chords;
  readonly executions: Executions;
  readonly intake: Intake;
  readonly leases: Leases;
  readonly sweeper: Sweeper | undefined;
  readonly control: BusListener | undefined;
}

/**
 * Takes a running worker apart, in the order that loses nothing: claim no more, let what runs end, settle it,
 * and only then let go of the leases and of the connections. Never rejects: a store that is away at the end
 * gets back by itself, once the lease lapses, what could not be given back.
 */
export async function drain(running: Running, pool: Pool | undefined, log: Logger): Promise<void> {
  const { intake, executions, chords, completer, leases, sweeper, control, consumer } = running;
  const attempt = async (what: string, step: () => Promise<void> | undefined): Promise<void> => {
    try {
      await step();
    } catch (error) {
      log.warn(`cannot ${what}`, { err: error });
    }
  };
  await attempt('stop listening to remote control', () => control?.close());
  await intake.stop();
  await executions.ended();
  await chords.flush();
  await completer.flush();
  await leases.stop();
  await sweeper?.stop();
  await attempt('give back what is held; it comes back when its lease lapses', () => consumer.close());
  await pool?.close(0);
}
