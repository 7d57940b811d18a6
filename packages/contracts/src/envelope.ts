/** What a broker carries. It never looks inside `body`. */
export interface Envelope {
  /** The task id, for a task. */
  readonly id: string;
  /** JSON values only: they travel as JSON on Redis, as columns in SQL, as a table on AMQP. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly contentEncoding: string;
  /**
   * 0 to 9, the higher the sooner, on every broker; undefined when the sender gave none.
   * A driver maps it to what its service and Celery's peers there understand.
   */
  readonly priority?: number;
  readonly correlationId?: string;
  readonly replyTo?: string;
}

export interface OutgoingMessage {
  readonly queue: string;
  readonly envelope: Envelope;
  /** Epoch ms. Hidden from every consumer until then. */
  readonly notBefore?: number;
}
