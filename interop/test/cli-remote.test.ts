import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PYTHON, redisDatabase, requireService, startRedis } from '../../tools/services.ts';
import { CLI, lovageCli, type Said } from '../lovage-cli.ts';
import { type Peer, type PythonWorker, python, pythonWorker } from '../python.ts';

const skip = requireService('redis') || requireService('celery');
const TASKS = fileURLToPath(new URL('../python', import.meta.url));

describe('our command line and a worker of Celery', { skip }, () => {
  let server: Awaited<ReturnType<typeof startRedis>>;
  let peer: Peer;
  let worker: PythonWorker;
  let node: string;

  before(async () => {
    server = await startRedis();
    peer = { broker: redisDatabase(server, 0), backend: redisDatabase(server, 1) };
    worker = await pythonWorker(peer, '-E');
    node = Object.keys(JSON.parse((await lovage('inspect', 'ping', '--json')).stdout) as object)[0]!;
  });
  after(async () => {
    await worker.stop();
    await server.stop();
  });

  const lovage = (...args: string[]): Promise<Said> => lovageCli([...args, '-b', peer.broker]);

  /** Celery's own command line with the same words, all in one process: starting one takes a second. */
  const celery = async (lines: readonly string[][]): Promise<Said[]> => {
    const code = `
import json
from celery.bin.celery import celery
from click.testing import CliRunner

answer = []
for words in json.loads(${JSON.stringify(JSON.stringify(lines))}):
    result = CliRunner(mix_stderr=False).invoke(celery, ['-A', 'tasks', *words])
    answer.append({'code': result.exit_code, 'stdout': result.stdout, 'stderr': result.stderr})
`;
    return await python<Said[]>(peer, code);
  };

  /** What both print. Neither waits longer than the node takes to answer. */
  async function both(lines: readonly string[]) {
    const words = lines.map((line) => [...line.split(' '), ...(line.includes(' -d ') ? [] : ['-d', node])]);
    const theirs = await celery(words);
    const pairs: { line: string; ours: Said; theirs: Said }[] = [];
    for (const [at, line] of lines.entries()) {
      pairs.push({ line, ours: await lovage(...words[at]!), theirs: theirs[at]! });
    }
    return pairs;
  }

  test('sentences, lists of texts and nothing look as those of celery do, to the byte', async () => {
    const pairs = await both([
      // First: what follows shows it.
      'control rate_limit py.add 10/m',
      'inspect ping',
      'inspect registered',
      'inspect registered rate_limit max_retries',
      'inspect revoked',
      'inspect active',
      'inspect reserved',
      'inspect objgraph',
      'control rate_limit py.nosuch 10/m',
      'control time_limit py.add 30 60',
      'control add_consumer extra',
      'control cancel_consumer extra',
      'control autoscale 3 1',
      'control enable_events',
      'inspect ping -d nobody@nowhere',
      'status -d nobody@nowhere',
    ]);
    for (const { line, ours, theirs } of pairs) assert.deepEqual(ours, theirs, line);
  });

  test('--json is the document of celery', async () => {
    const pairs = await both([
      'inspect ping -j',
      'inspect active_queues -j',
      'inspect conf -j',
      'control heartbeat -j',
      'control add_consumer celery -j',
    ]);
    for (const { line, ours, theirs } of pairs) {
      assert.deepEqual(JSON.parse(ours.stdout), JSON.parse(theirs.stdout), line);
      assert.equal(ours.code, theirs.code, line);
    }
  });

  test('what runs and what waits is seen, found and ended', async () => {
    const calls = `
ids = [app.send_task('py.sleep', args=(60,)).id for _ in range(3)]
later = app.send_task('py.add', args=(1, 2), countdown=600).id
answer = {'ids': ids, 'later': later}
`;
    const { ids, later } = await python<{ ids: string[]; later: string }>(peer, calls);
    await seen('active', (stdout) => ids.filter((id) => stdout.includes(id)).length === 2);
    await seen('scheduled', (stdout) => stdout.includes(later));
    const waits = await seen('reserved', (stdout) => ids.some((id) => stdout.includes(id)));
    assert.match(waits, /py\.sleep {2}\(60\) +celery$/m);
    assert.match(await seen('scheduled', () => true), /in \d+m \d\ds {2}\S+ {2}\S+ {2}py\.add {2}\(1, 2\)$/m);
    const query = await lovage('inspect', 'query_task', ...ids, 'nobody');
    assert.equal(query.stdout.match(/ active +py\.sleep +\(60\) +\d/g)?.length, 2);
    assert.equal(query.stdout.match(/ reserved +py\.sleep/g)?.length, 1);

    const status = await lovage('status');
    assert.match(status.stdout, new RegExp(`^${node} +OK +prefork +2 +2 +\\d+ +celery$`, 'm'));

    const ended = await lovage('control', 'terminate', 'KILL', ...ids);
    assert.match(ended.stdout, /^-> {2}\S+: OK\n {8}terminate: /);
    await lovage('control', 'revoke', later);
    await seen('active', (stdout) => stdout.includes('- empty -'));
    const revoked = await lovage('inspect', 'revoked', '--json');
    assert.deepEqual(
      Object.values(JSON.parse(revoked.stdout) as Record<string, string[]>)[0]?.toSorted(),
      [...ids, later].toSorted(),
    );
  });

  test('--dump prints the lines of celery events --dump', async (t) => {
    const ours = reading([process.execPath, ...CLI, 'events', '--dump', '-b', peer.broker]);
    const theirs = reading([PYTHON, '-m', 'celery', '-A', 'tasks', 'events', '--dump']);
    const readers = [ours, theirs];
    t.after(() => Promise.all(readers.map((each) => each.end())));
    await Promise.all(readers.map((each) => each.until((line) => line.includes('heartbeat'))));
    const calls = ["app.send_task('py.add', args=(1, 2)).get()", "app.send_task('py.fail', args=('x',)).id"];
    await python(peer, `answer = [${calls}]`);
    await Promise.all(readers.map((each) => each.until((line) => line.includes('task failed'))));
    const [one = [], other = []] = await Promise.all(readers.map((each) => each.end()));
    // Times of the receiver's own, floats that are whole, and the lines of a traceback are each one's own.
    const plain = (lines: readonly string[]): readonly string[] =>
      lines
        .filter((line) => / task (received|started|succeeded|failed):/.test(line))
        .map((line) => line.replace(/local_received=[\d.]+, |traceback=Traceback[\s\S]*$/g, ''));
    assert.equal(plain(one).length, 6);
    assert.deepEqual(plain(one), plain(other));
  });

  /** Asks until the answer is as wanted. */
  async function seen(method: string, wanted: (stdout: string) => boolean): Promise<string> {
    for (let tries = 0; ; tries += 1) {
      const { stdout } = await lovage('inspect', method, '-d', node);
      if (wanted(stdout)) return stdout;
      assert.ok(tries < 50, `${method} never answered as wanted:\n${stdout}`);
    }
  }

  /** The lines of a program that runs until it is told to stop. */
  function reading([command = '', ...args]: readonly string[]) {
    const env = { ...process.env, INTEROP_BROKER: peer.broker, INTEROP_BACKEND: peer.backend };
    const child = spawn(command, args, { cwd: TASKS, env, stdio: ['ignore', 'pipe', 'ignore'] });
    const lines: string[] = [];
    const reader = createInterface({ input: child.stdout });
    reader.on('line', (line) => lines.push(line));
    const closed = once(child, 'close');
    return {
      async until(wanted: (line: string) => boolean): Promise<void> {
        while (!lines.some(wanted))
          await Promise.race([once(reader, 'line'), closed.then(() => assert.fail('it ended'))]);
      },
      async end(): Promise<readonly string[]> {
        child.kill('SIGINT');
        await closed;
        return lines;
      },
    };
  }
});
