/** How one recipient of one mail stands when a try begins. */
export interface Standing {
  readonly address: string;
  /** `open`: this try is to send it. `busy`: somebody else is sending it at this moment. */
  readonly state: 'sent' | 'refused' | 'open' | 'busy';
  /** Why it was refused. */
  readonly reason: string | null;
  /** An earlier try began and nobody knows how it ended: this one may be a repeat. */
  readonly uncertain: boolean;
}

/** How a try ended for one recipient. `waiting`: certainly not sent. */
export interface Ending {
  readonly address: string;
  readonly state: 'sent' | 'refused' | 'waiting';
  readonly reason?: string | undefined;
}

/**
 * Remembers which recipients of which mail the mail server took, so that a task that is delivered again, or retried for some of them,
 * mails nobody twice. Between the server's "taken" and our note of it is a moment in which a crash leaves a mail that is sent again: no
 * store can close it. Such a try is known by its note that it began.
 */
export interface SentStore {
  /**
   * Notes that a try begins, and says for whom.
   * @param owner who tries: the same for every try of one task. What another began a short while ago is left to them
   */
  begin(key: string, addresses: readonly string[], owner: string): Promise<Standing[]>;
  /** Notes how it ended, for those of whom that is known. */
  end(key: string, endings: readonly Ending[]): Promise<void>;
  /** How many tries may have been repeats, ever: those that began where an earlier one's end is not known. */
  repeats(): Promise<number>;
  /** Forgets mails of which nothing was heard since then. Answers how many recipients that were. */
  forget(before: Date): Promise<number>;
}
