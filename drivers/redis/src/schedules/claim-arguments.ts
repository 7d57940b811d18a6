import type { ClaimOptions, OutgoingMessage, RunClaim } from '@lovage/contracts';
import { writeEnvelope } from '@lovage/protocol';
import type { Layout } from '../broker/layout.ts';
import { place } from '../broker/publisher.ts';
import { KIND } from './lua.ts';

/** Most claims in one script, and most messages, but for one claim that has more: others want their turn too. */
const CLAIMS = 200;
const MESSAGES = 1000;

/** The arguments of one run of the script, in the making. */
class Batch {
  readonly #layout: Layout;
  readonly #outbox: string;
  readonly #places = new Map<string, number>();
  readonly #kinds: string[] = [];
  readonly #claims: (string | Buffer)[] = [];
  count = 0;
  messages = 0;

  constructor(layout: Layout, outbox: string) {
    this.#layout = layout;
    this.#outbox = outbox;
  }

  /** @throws what is wrong with a message that cannot be encoded */
  add(claim: RunClaim, where: ClaimOptions['messages']): void {
    const { name, previous = '-', occurrence, disable = false, messages } = claim;
    this.#claims.push(
      name,
      String(previous),
      String(occurrence),
      disable ? '1' : '0',
      String(messages.length),
    );
    for (const message of messages) {
      if (where === 'publish') this.#publish(message);
      else this.#keep(message);
    }
    this.count += 1;
    this.messages += messages.length;
  }

  args(fence: number): (string | Buffer)[] {
    return [String(fence), String(this.#places.size), ...this.#kinds, ...this.#claims];
  }

  #publish(message: OutgoingMessage): void {
    const { key, due, text } = place(this.#layout, message);
    if (due === undefined) this.#claims.push(this.#placeOf(KIND.list, key), text);
    else this.#claims.push(this.#placeOf(KIND.delayed, key), String(due), text);
  }

  #keep({ queue, envelope, notBefore }: OutgoingMessage): void {
    this.#claims.push(
      this.#placeOf(KIND.outbox, this.#outbox),
      queue,
      notBefore === undefined ? '' : String(notBefore),
      writeEnvelope(envelope),
      Buffer.from(envelope.body.buffer, envelope.body.byteOffset, envelope.body.byteLength),
    );
  }

  #placeOf(kind: string, key: string): string {
    let number = this.#places.get(key);
    if (number === undefined) {
      number = this.#places.size + 1;
      this.#places.set(key, number);
      this.#kinds.push(kind, key);
    }
    return String(number);
  }
}

/** What the script is run with, each time for some of the claims, in their order. */
export function claimBatches(
  claims: readonly RunClaim[],
  { fence, messages: where }: ClaimOptions,
  layout: Layout,
  outbox: string,
): readonly { readonly count: number; readonly args: (string | Buffer)[] }[] {
  const batches: Batch[] = [];
  for (const claim of claims) {
    let batch = batches.at(-1);
    const full = batch && (batch.count >= CLAIMS || batch.messages + claim.messages.length > MESSAGES);
    if (!batch || full) {
      batch = new Batch(layout, outbox);
      batches.push(batch);
    }
    batch.add(claim, where);
  }
  return batches.map((batch) => ({ count: batch.count, args: batch.args(fence) }));
}
