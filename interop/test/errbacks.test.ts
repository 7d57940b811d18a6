/** Error callbacks of both languages: a failure in one is told in the other, with all that is known of it, and once. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Errback, FailedRequest, TaskError } from 'lovage';
import { chain, chord, Lovage } from 'lovage';
import { redisDatabase, requireService, startRedis } from '../../tools/services.ts';
import type { Peer, PythonWorker } from '../python.ts';
import { python, pythonWorker } from '../python.ts';

const skip = requireService('redis') || requireService('celery');
const SOON = { timeout: 30 };

interface Told {
  readonly request: FailedRequest;
  readonly error: TaskError;
  readonly traceback: string | null;
  readonly label: string;
}

describe('error callbacks of two languages', { skip, timeout: 300_000 }, () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let app: Lovage;
  let peer: Peer;
  let theirs: PythonWorker;
  let ours: Awaited<ReturnType<Lovage['worker']>>;
  let alert: Errback<[label: string]>;
  const all: Told[] = [];

  before(async () => {
    redis = await startRedis();
    peer = { broker: redisDatabase(redis, 0), backend: redisDatabase(redis, 1), queue: 'py' };
    app = new Lovage('interop', {
      brokerUrl: peer.broker,
      resultBackend: peer.backend,
      taskAcksLate: true,
      lovageJsonTyped: false,
      lovageLogLevel: 'silent',
    });
    alert = app.errback('ts.alert', (request, error, traceback, label: string) => {
      all.push({ request, error, traceback, label });
    });
    app.task('ts.add', (a: number, b: number) => a + b);
    app.task('ts.fail', (text: string): number => {
      throw new RangeError(text);
    });
    theirs = await pythonWorker(peer);
    ours = await app.worker({ concurrency: 4 });
  });
  after(async () => {
    await ours?.stop('warm');
    await app?.close();
    await theirs?.stop();
    await redis?.stop();
  });

  const py = (task: string, ...args: unknown[]) => app.signature<number>(`py.${task}`, args, { queue: 'py' });
  const ts = (task: string, ...args: unknown[]) =>
    app.signature<number>(`ts.${task}`, args, { queue: 'celery' });

  /** Its queue is named: what names none goes to the default queue of whoever sends it. */
  const tell = (label: string) => alert.s(label).set({ queue: 'celery' });

  async function until<T>(look: () => Promise<T | undefined> | T | undefined, what: string): Promise<T> {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      assert.ok(Date.now() < deadline, `waited too long until ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** What was told under a label, once it came and both queues are empty. */
  async function told(label: string): Promise<Told> {
    await until(() => all.find((each) => each.label === label), `${label} was told`);
    const { broker } = await app.drivers();
    await until(async () => {
      const depths = await broker.depth(['celery', 'py']);
      return depths.every(({ ready, claimed, delayed }) => ready + claimed + delayed === 0) || undefined;
    }, 'nothing is on its way');
    const [only, ...more] = all.filter((each) => each.label === label);
    assert.equal(more.length, 0, label);
    return only!;
  }

  /** How often Python's old-style callback was given an id. */
  const caught = (id: string): Promise<number> =>
    python<number>(
      peer,
      `answer = sum(each.decode() == '${id}' for each in app.backend.client.lrange('caught', 0, -1))`,
    );

  test('a task in Python tells ours, which reads the failure from the result', async () => {
    const result = await py('fail', 'no').linkError(tell('from python')).delay();
    await assert.rejects(result.get(SOON), { type: 'ValueError' });
    const { request, error, traceback } = await told('from python');
    assert.deepEqual([request.id, request.rootId, request.task], [result.id, result.id, null]);
    assert.deepEqual([error.type, error.module, error.message], ['ValueError', 'builtins', 'no']);
    assert.match(traceback!, /^Traceback \(most recent call last\):[\s\S]*ValueError: no/);
    assert.deepEqual(await result.get({ ...SOON, propagate: false }), error);
  });

  test('so does one that Python itself called', async () => {
    const id = await python<string>(
      peer,
      "answer = send('py.denied', 'ann', 'late', queue='py', link_error=signature('ts.alert', args=['called there'], queue='celery', app=app)).id",
    );
    const { request, error } = await told('called there');
    assert.deepEqual([request.id, error.type, error.args], [id, 'Denied', ['ann', 'late']]);
  });

  test('a chain tells it once, whichever language the step that failed is of', async () => {
    const inPython = chain(ts('add', 1, 1), py('fail'), ts('add', 1));
    await inPython.linkError(tell('chain in python')).delay();
    const first = await told('chain in python');
    assert.deepEqual([first.error.type, first.request.parentId], ['ValueError', first.request.rootId]);
    const here = chain(py('add', 1, 1), ts('fail'), py('add', 1));
    await here.linkError(tell('chain here')).delay();
    const second = await told('chain here');
    assert.deepEqual(
      [second.error.type, second.request.task, second.request.args],
      ['ValueError', 'ts.fail', [2]],
    );
  });

  for (const [where, last] of [
    ['Python', py],
    ['TypeScript', ts],
  ] as const) {
    test(`a chord tells it once, of its body, when the last of its header fails in ${where}`, async () => {
      const label = `chord of ${where}`;
      const flow = chord([last('add', 1, 1), last('fail', 'no')], py('list') as never);
      const result = (await flow.linkError(tell(label)).delay()) as unknown as { id: string };
      const { request, error } = await told(label);
      assert.deepEqual([request.id, error.type], [result.id, 'ChordError']);
      assert.match(error.message, /Dependency \S+ raised ValueError\('no'\)/);
    });
  }

  test('a task of ours tells an old-style callback in Python, with the id, once', async () => {
    const result = await ts('fail', 'no').linkError(py('caught')).linkError(tell('both')).delay();
    const { request, error } = await told('both');
    assert.deepEqual([request.id, request.task, error.message], [result.id, 'ts.fail', 'no']);
    await until(async () => ((await caught(result.id)) > 0 ? true : undefined), 'Python caught it');
    assert.equal(await caught(result.id), 1);
  });

  test('a chord of ours whose header fails tells an old-style callback in Python, once', async () => {
    const flow = chord([ts('fail', 'x'), ts('fail', 'y')], py('total') as never);
    const result = (await flow.linkError(py('caught')).delay()) as unknown as { id: string };
    await until(async () => ((await caught(result.id)) > 0 ? true : undefined), 'Python caught it');
    assert.equal(await caught(result.id), 1);
  });

  test('several callbacks after a task of ours: Python finds the one group among its children', async () => {
    const result = await ts('add', 1, 1).link(py('add', 10)).link(ts('add', 20)).delay();
    await result.get(SOON);
    const values = await python<unknown[]>(
      peer,
      `
children = app.AsyncResult('${result.id}').children
answer = [len(children), children[0].get(timeout=20)]`,
    );
    assert.deepEqual(values, [1, [12, 22]]);
  });
});
