import type { Stage } from './stage.ts';

/** Where rota's rows are. */
export interface Where {
  readonly databaseUrl?: string;
  /** The URL of who may do everything there. */
  readonly owner?: string;
  readonly stop?: () => Promise<void>;
}

/** What the scenes of one exam have in common; there once they run. */
export interface Shared {
  readonly postgres: boolean;
  readonly where: Where;
  readonly stage: Stage;
}
