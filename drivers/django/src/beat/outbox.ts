import type { KeptMessage, OutgoingMessage } from '@lovage/contracts';
import type { Run } from '@lovage/postgres/kit';

export interface Outbox {
  prepare(messages: readonly OutgoingMessage[]): readonly unknown[];
  passes(run: Run, fence: number): Promise<boolean>;
  keep(run: Run, rows: readonly unknown[]): Promise<void>;
  kept(run: Run, limit: number): Promise<readonly KeptMessage[]>;
  forget(run: Run, ids: readonly string[]): Promise<void>;
}
