import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startProxy } from '../../tools/services.ts';
import type { Breakable } from './breakable.ts';
import { PreforkStage } from './prefork-stage.ts';
import { until } from './stage.ts';

export interface WaitsExamOptions {
  readonly waits: number;
  /** How many connections a client may have. */
  readonly most: number;
  /** The ids of tasks that somebody waits for, where the server knows; by its port. */
  readonly watched?: (port: number) => Promise<readonly string[]>;
}

/** Everybody gets his result, on few connections, though all of them are cut when some have got theirs. */
export function waitsExam(store: Breakable, { waits: count, most, watched }: WaitsExamOptions): void {
  const name = `${store.name}: ${count} concurrent get() in one process take at most ${most} connections, and survive their loss`;
  test(name, { skip: store.skip, timeout: 120_000 }, async (t) => {
    await using opened = await store.open();
    await using proxy = await startProxy(opened.port);
    const urls = (port: number) => {
      const { brokerUrl, resultBackend } = opened.conf(port);
      return { broker: brokerUrl, results: resultBackend };
    };
    await using stage = new PreforkStage(urls(opened.port), urls(proxy.port));

    // No worker yet: nobody can answer before all of them wait.
    const calls = Array.from({ length: count }, (_, n) => ({ task: 'pf.nap', args: [0, String(n)] }));
    const sent = await stage.client.bulk(calls);
    let resolved = 0;
    const waits = sent.map((result) =>
      result.get({ timeout: 90 }).then((value) => {
        resolved += 1;
        return value;
      }),
    );
    if (watched) {
      const last = sent.at(-1)!.id;
      await until(async () => (await watched(opened.port)).includes(last), 'all are watched');
    }
    const worker = await stage.worker('-c', '2');
    await until(() => resolved > count / 10, 'some have resolved', 60_000);
    const held = proxy.connections;
    t.diagnostic(`${count} waits on ${held} connections, which were cut when ${resolved} had resolved`);
    assert.ok(held <= most, `${held} connections`);
    assert.ok(resolved < count);
    proxy.cut();
    assert.deepEqual(
      await Promise.all(waits),
      calls.map(({ args }) => args[1]),
    );
    await worker.stop();
    if (watched) {
      await until(async () => (await watched(opened.port)).length === 0, 'nobody listens any more');
    }
    assert.ok(proxy.connections <= most, 'and no connection is left behind');
  });
}
