/** Best-effort fanout: every live listener, no replay. Carries control, replies and events. */
export interface EventBus {
  send(channel: BusChannel, message: BusMessage): Promise<void>;

  /** Resolves once active: anything sent to the channel afterwards is heard, while the connection lasts. */
  listen(
    channel: BusChannel,
    onMessage: (message: BusMessage) => void,
    options?: ListenOptions,
  ): Promise<BusListener>;

  close(): Promise<void>;
}

/**
 * Drivers map these to Celery's: 'control' to the fanout `celery.pidbox`, 'events' to `celeryev`,
 * `reply:<oid>` to the queue `<oid>.reply.celery.pidbox`.
 */
export type BusChannel = 'control' | 'events' | `reply:${string}`;

export interface ListenOptions {
  /** Hear only what has a topic that begins so: 'worker-' spares a worker the events of everybody's tasks. */
  readonly topic?: string;
}

export interface BusMessage {
  /** An event type such as 'task-succeeded' or 'worker-heartbeat'; '' on control and reply. */
  readonly topic: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** JSON. */
  readonly body: Uint8Array;
}

export interface BusListener {
  close(): Promise<void>;
}
