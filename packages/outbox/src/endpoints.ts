import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { checkEventFilter } from './event-types.ts';
import { checkSecret, newSecret } from './http/sign.ts';
import type { OutboxConfig } from './options.ts';
import type { EndpointRow } from './schema.ts';
import type { OutboxStore } from './store.ts';

export interface NewEndpoint {
  readonly url: string;
  /** Types (`file.uploaded`), all below a name (`file.*`), or `*`. Default `['*']`. */
  readonly eventTypes?: readonly string[];
  /** `whsec_…`; made if it is left out. */
  readonly secret?: string;
}

/** A receiver of webhooks, without its secret. */
export interface Endpoint {
  readonly id: string;
  readonly url: string;
  readonly eventTypes: readonly string[];
  readonly createdAt: Date;
  /** Nothing is sent before then: it answered with Retry-After. */
  readonly notBefore: Date | undefined;
  readonly disabled: { readonly at: Date; readonly reason: string } | undefined;
}

const MAX_URL_LENGTH = 2_048;
const DAY_MS = 86_400_000;

/** Who is sent which events. Their secrets are kept as they are, since signing needs them: guard the database as you would them. */
export class Endpoints {
  readonly #store: OutboxStore;
  readonly #config: OutboxConfig;

  constructor(store: OutboxStore, config: OutboxConfig) {
    this.#store = store;
    this.#config = config;
  }

  /**
   * Adds a receiver. It gets the events that are not on their way yet. The secret is told here and never again.
   *
   * @throws TypeError for a URL, a filter or a secret that is none; RefusedAddress for a URL with an address that is not public
   */
  async add({
    url,
    eventTypes = ['*'],
    secret = newSecret(),
  }: NewEndpoint): Promise<{ id: string; secret: string }> {
    checkUrl(url, this.#config);
    if (!Array.isArray(eventTypes) || eventTypes.length === 0)
      throw new TypeError("eventTypes must hold at least one filter, such as '*'");
    for (const filter of eventTypes) checkEventFilter(filter);
    checkSecret(secret);
    const id = `ep_${randomUUID()}`;
    await this.#store.db
      .insertInto('outbox_endpoints')
      .values({
        id,
        url: new URL(url).href,
        event_types: JSON.stringify(eventTypes),
        secret,
        previous_secret: null,
        previous_secret_until: null,
        not_before: 0,
        disabled_at: null,
        disabled_reason: null,
        created_at: this.#store.now(),
      })
      .execute();
    return { id, secret };
  }

  /** All of them, the oldest first. */
  async list(): Promise<Endpoint[]> {
    const rows = await this.#store.db
      .selectFrom('outbox_endpoints')
      .selectAll()
      .orderBy('created_at')
      .orderBy('id')
      .execute();
    return rows.map(endpointOf);
  }

  /** Sends it nothing more: what is open for it fails. False if there is none of that id, or it is disabled already. */
  async disable(id: string, reason = 'by hand'): Promise<boolean> {
    return await disableEndpoint(this.#store, id, reason);
  }

  /** Sends to it again, what comes from now on. False if there is none of that id. */
  async enable(id: string): Promise<boolean> {
    return await this.#update(id, { disabled_at: null, disabled_reason: null, not_before: 0 });
  }

  /** Forgets it, and its secret: what is open for it fails. False if there is none of that id. */
  async remove(id: string): Promise<boolean> {
    await hurry(this.#store, id);
    const { numDeletedRows } = await this.#store.db
      .deleteFrom('outbox_endpoints')
      .where('id', '=', id)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }

  /**
   * A new secret. The old one signs beside it for a while, so that the receiver can change when it likes.
   *
   * @param overlapMs how long, default a day
   * @throws RangeError if there is no endpoint of that id
   */
  async rotateSecret(id: string, overlapMs: number = DAY_MS): Promise<string> {
    const secret = newSecret();
    const found = await this.#update(id, {
      previous_secret: sql<string>`secret`,
      previous_secret_until: sql<number>`${this.#store.now()} + ${Math.round(overlapMs)}`,
      secret,
    });
    if (!found) throw new RangeError(`there is no endpoint ${JSON.stringify(id)}`);
    return secret;
  }

  async #update(id: string, values: object): Promise<boolean> {
    const { numUpdatedRows } = await this.#store.db
      .updateTable('outbox_endpoints')
      .set(values)
      .where('id', '=', id)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }
}

/** False if there is none of that id, or it is disabled already. */
export async function disableEndpoint(store: OutboxStore, id: string, reason: string): Promise<boolean> {
  const { numUpdatedRows } = await store.db
    .updateTable('outbox_endpoints')
    .set({ disabled_at: store.now(), disabled_reason: reason })
    .where('id', '=', id)
    .where('disabled_at', 'is', null)
    .executeTakeFirst();
  await hurry(store, id);
  return numUpdatedRows > 0n;
}

/** What waits for its next try has nothing to wait for: the next sweeps end it. */
async function hurry(store: OutboxStore, endpointId: string): Promise<void> {
  await store.db
    .updateTable('outbox_deliveries')
    .set({ next_attempt_at: store.now() })
    .where('endpoint_id', '=', endpointId)
    .where('status', '=', 'PENDING')
    .execute();
}

function checkUrl(text: string, { allowHttp, guard }: OutboxConfig): void {
  const url = typeof text === 'string' && text.length <= MAX_URL_LENGTH ? URL.parse(text) : null;
  if (!url) throw new TypeError(`the URL of an endpoint must be one of ${MAX_URL_LENGTH} characters at most`);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && allowHttp))
    throw new TypeError(
      url.protocol === 'http:'
        ? 'the URL of an endpoint must begin with https: (allowHttp takes http: too)'
        : `the URL of an endpoint must begin with https:, not ${url.protocol}`,
    );
  if (url.username || url.password)
    throw new TypeError(
      'the URL of an endpoint must hold no user and no password: events are signed instead',
    );
  guard.checkHost(url.hostname);
}

function endpointOf(row: EndpointRow): Endpoint {
  return {
    id: row.id,
    url: row.url,
    eventTypes: JSON.parse(row.event_types) as string[],
    createdAt: new Date(Number(row.created_at)),
    notBefore: Number(row.not_before) > 0 ? new Date(Number(row.not_before)) : undefined,
    disabled:
      row.disabled_at === null
        ? undefined
        : { at: new Date(Number(row.disabled_at)), reason: row.disabled_reason ?? '' },
  };
}
