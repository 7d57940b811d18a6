/** What one measurement found, by figure name: { rate } or { p50, p99 }. */
export type Figures = Readonly<Record<string, number>>;

/** One line of the comparison: a promise of design, who takes part, and what Lovage must reach. */
export interface Row {
  readonly id: string;
  readonly title: string;
  readonly unit: Unit;
  /** Whether a larger figure is the better one. */
  readonly better: 'more' | 'less';
  /** Lovage is measured as npm would publish it, not from its TypeScript: where memory and start-up count. */
  readonly built?: boolean;
  readonly contenders: readonly Contender[];
  readonly targets: readonly Target[];
}

export type Unit = '/s' | 'ms' | 's' | 'MB' | 'bytes' | '%';

export interface Contender {
  /** Ours is always named 'Lovage'; a second way of ours 'Lovage, …'. */
  readonly name: string;
  /** How it was run, and where it differs from the others: printed beside its figures. */
  readonly note: string;
  /** What must be on the machine for it. */
  readonly needs?: 'celery';
  measure(): Promise<Figures>;
}

/** A promise about the median of one figure of ours. */
export type Target = {
  readonly figure: string;
  /** Which way of ours; 'Lovage' when left out. */
  readonly by?: string;
} & (
  | {
      /** At least `times` the figure of the contender `of`. */
      readonly times: number;
      readonly of: string;
    }
  | { readonly atMost: number }
);
