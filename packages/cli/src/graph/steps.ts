/** One part of a worker, and the parts that it is given when it is made. */
export interface Step {
  readonly name: string;
  readonly needs: readonly string[];
  /** Only where an option or a setting asks for it, or the store can carry it. */
  readonly optional?: boolean;
}

/**
 * The parts of a worker in the order in which they come to be: what Celery calls bootsteps. A test holds this table
 * against the code of the worker.
 */
export const STEPS: readonly Step[] = [
  { name: 'health', needs: [], optional: true },
  { name: 'modules', needs: [] },
  { name: 'broker', needs: ['modules'] },
  { name: 'runner', needs: ['modules'] },
  { name: 'pool', needs: ['runner'] },
  { name: 'revoked', needs: ['broker'] },
  { name: 'consumer', needs: ['broker'] },
  { name: 'events', needs: ['broker'], optional: true },
  { name: 'witness', needs: ['events'] },
  { name: 'completer', needs: ['consumer', 'broker'] },
  { name: 'chords', needs: ['completer'] },
  { name: 'limits', needs: [] },
  { name: 'verdicts', needs: ['runner'] },
  { name: 'quarantine', needs: ['broker'] },
  { name: 'letterTrimmer', needs: ['broker'] },
  { name: 'deadLetters', needs: ['quarantine', 'letterTrimmer'] },
  {
    name: 'executions',
    needs: ['pool', 'completer', 'chords', 'limits', 'verdicts', 'deadLetters', 'witness'],
  },
  { name: 'admission', needs: ['completer', 'chords', 'verdicts', 'quarantine', 'witness', 'revoked'] },
  { name: 'rateLimits', needs: [] },
  { name: 'intake', needs: ['consumer', 'pool', 'admission', 'executions', 'rateLimits', 'completer'] },
  { name: 'autoscaler', needs: ['pool', 'executions', 'intake'], optional: true },
  { name: 'leases', needs: ['consumer', 'intake', 'executions'] },
  { name: 'heart', needs: ['events', 'executions'], optional: true },
  { name: 'queues', needs: ['broker', 'consumer'] },
  { name: 'sweeper', needs: [], optional: true },
  { name: 'letterSweeper', needs: ['broker'], optional: true },
  { name: 'chordRepair', needs: ['chords'], optional: true },
  { name: 'panel', needs: ['pool'] },
  { name: 'company', needs: ['panel'], optional: true },
];
