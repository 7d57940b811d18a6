import type { ControlReply } from '@lovage/protocol';
import type { Answers, AskOptions } from './options.ts';

/** Answers kept of one request: more than any cluster has nodes, so that a flood cannot fill the memory. */
const MAX_ANSWERS = 100_000;

/** The answers to one request, until there are enough of them. */
export class Gathering {
  readonly answers: Answers[] = [];
  readonly #options: AskOptions;
  /** Of `destination`, who has not answered; undefined when everybody may. */
  readonly #missing: Set<string> | undefined;
  readonly #enough = Promise.withResolvers<void>();

  constructor(options: AskOptions) {
    const { destination } = options;
    this.#options = options;
    // Nobody waits yet when the request cannot be sent.
    this.#enough.promise.catch(() => {});
    if (destination !== undefined) {
      this.#missing = new Set(typeof destination === 'string' ? [destination] : destination);
    }
  }

  /** For ReplyListener. What `onReply` throws rejects `until`. */
  readonly take = ({ node, answer }: ControlReply): void => {
    const { limit = MAX_ANSWERS, onReply } = this.#options;
    if (this.answers.length >= limit) return;
    this.answers.push({ [node]: answer });
    this.#missing?.delete(node);
    try {
      onReply?.(node, answer);
    } catch (error) {
      this.#enough.reject(error);
    }
    if (this.answers.length >= limit || this.#missing?.size === 0) this.#enough.resolve();
  };

  /** Resolves when all have answered, or after `ms`. */
  async until(ms: number): Promise<void> {
    const timer = setTimeout(this.#enough.resolve, ms);
    try {
      await this.#enough.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the waiting with an error. */
  fail(error: Error): void {
    this.#enough.reject(error);
  }
}
