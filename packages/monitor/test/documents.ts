import type { EventDocument } from '@lovage/protocol';

/** Makes events as one cluster would: wall clock and Lamport clocks go on with each. */
export class FakeCluster {
  readonly events: EventDocument[] = [];
  /** Epoch seconds. */
  now = 1_795_250_000;
  readonly #clocks = new Map<string, number>();

  /** `task('w1@h', 'task-started', 'id')` */
  task(hostname: string, type: string, uuid: string, fields: Record<string, unknown> = {}): this {
    return this.say(hostname, type, { uuid, ...fields });
  }

  say(hostname: string, type: string, fields: Record<string, unknown> = {}): this {
    this.now += 0.25;
    const clock = (this.#clocks.get(hostname) ?? 0) + 1;
    this.#clocks.set(hostname, clock);
    const stamp = { timestamp: this.now, local_received: this.now + 0.01 };
    this.events.push({ hostname, utcoffset: 0, pid: 5, clock, ...fields, ...stamp, type });
    return this;
  }

  received(hostname: string, uuid: string, retries = 0): this {
    const call = { name: 'shop.mail', args: "('ada',)", kwargs: '{}', root_id: uuid, parent_id: null };
    return this.task(hostname, 'task-received', uuid, { ...call, retries, eta: null, expires: null });
  }

  /** Received, started, succeeded. */
  done(hostname: string, uuid: string): this {
    return this.received(hostname, uuid)
      .task(hostname, 'task-started', uuid)
      .task(hostname, 'task-succeeded', uuid, { result: "'sent'", runtime: 0.25 });
  }
}
