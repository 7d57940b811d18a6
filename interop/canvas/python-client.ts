/** `python/begin.py`: one process of Python that begins workflows and tells how they end, for the whole of a test. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Peer } from '../python.ts';
import { spawnPython } from '../python.ts';

export class PythonClient {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #exited: Promise<unknown>;
  /** Those who wait for a line, in the order in which they asked. */
  readonly #asked: PromiseWithResolvers<unknown>[] = [];
  #errors = '';

  constructor(peer: Peer) {
    this.#child = spawnPython('begin.py', peer);
    this.#exited = once(this.#child, 'close').then(() => {
      for (const { reject } of this.#asked.splice(0)) reject(new Error(`python ended:\n${this.#errors}`));
    });
    this.#child.stderr.on('data', (text) => {
      this.#errors += text;
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const { answer, error } = JSON.parse(line);
      const waiting = this.#asked.shift()!;
      if (error === undefined) waiting.resolve(answer);
      else waiting.reject(new Error(`in Python:\n${error}`));
    });
  }

  /** Calls one of the functions of `begin.py` by its name, with keyword arguments. One after the other. */
  async ask<Answer>(what: string, given: object = {}): Promise<Answer> {
    const answered = Promise.withResolvers<unknown>();
    this.#asked.push(answered);
    this.#child.stdin.write(`${JSON.stringify({ do: what, given })}\n`);
    return (await answered.promise) as Answer;
  }

  async stop(): Promise<void> {
    this.#child.stdin.end();
    await this.#exited;
  }
}
