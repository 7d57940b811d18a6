import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  compressorByName,
  EMPTY_EMBED,
  errorInfo,
  jsonPlain,
  markRedelivered,
  type OutgoingHeaders,
  serializerByName,
  type TaskBody,
  type WriteTaskOptions,
  writeKombu,
  writeMeta,
  writeTask,
} from '@lovage/protocol';

const PYTHON = process.env['LOVAGE_TEST_PYTHON'] ?? '/usr/bin/python3';
const READER = fileURLToPath(new URL('read_by_celery.py', import.meta.url));

/** Why Celery cannot be asked here; undefined when it can. */
function missing(): string | undefined {
  const found = spawnSync(PYTHON, ['-c', 'import celery, kombu, yaml'], { encoding: 'utf8' });
  if (found.status === 0) return undefined;
  const why = `${PYTHON} has no celery: apt-get install python3-celery python3-yaml`;
  assert.notEqual(process.env['LOVAGE_REQUIRE_SERVICES'], '1', why);
  return why;
}

const skip = missing() ?? false;

function readByCelery(messages: readonly string[], results: readonly Uint8Array[]) {
  const input = JSON.stringify({ messages, results: results.map((bytes) => Buffer.from(bytes).toString()) });
  const run = spawnSync(PYTHON, [READER], { input, encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  return JSON.parse(run.stdout) as {
    messages: Record<string, unknown>[];
    results: Record<string, unknown>[];
  };
}

function message(
  body: Partial<TaskBody>,
  headers: Partial<OutgoingHeaders> = {},
  options: Partial<WriteTaskOptions> = {},
) {
  const envelope = writeTask(
    { task: 'tasks.echo', id: 'id-1', origin: 'gen1@host', ...headers },
    { args: [], kwargs: {}, embed: EMPTY_EMBED, ...body },
    { serializer: jsonPlain, replyTo: '', ...options },
  );
  return writeKombu(envelope, { exchange: '', routingKey: 'celery', deliveryTag: 'tag-1' });
}

test('Celery reads our task messages', { skip }, () => {
  const args = ['é😀\u2028', [1.5, null, true], { nested: { deep: [] } }, 2 ** 53 - 1, ''];
  const eta = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  const gzip = compressorByName('gzip')!;
  const yaml = serializerByName('yaml')!;
  const link = {
    task: 'tasks.next',
    args: [1],
    kwargs: {},
    options: {},
    subtask_type: null,
    immutable: false,
  };
  const { messages } = readByCelery(
    [
      message(
        { args, kwargs: { ключ: 'знач' } },
        { eta, expires: eta + 1, timelimit: [2, 1.5], retries: 3 },
        { priority: 6 },
      ),
      message({ args }, {}, { compression: gzip }),
      message(
        { args, kwargs: { yes: 'no', on: '1', small: 1e-7, large: 1.5e30, int: 1e21 } },
        {},
        { serializer: yaml },
      ),
      message({ args: [2n ** 80n, new Date(eta)], embed: { ...EMPTY_EMBED, callbacks: [link], chain: [] } }),
      markRedelivered(message({ args: [1] }), 2),
    ],
    [],
  );
  const [plain, compressed, yamled, special, redelivered] = messages;
  assert.deepEqual(plain, {
    task: 'tasks.echo',
    id: 'id-1',
    args,
    kwargs: { ключ: 'знач' },
    embed: { callbacks: null, errbacks: null, chain: null, chord: null },
    eta: eta / 1000,
    expires: (eta + 1) / 1000,
    timelimit: [2, 1.5],
    retries: 3,
    priority: 3,
    redelivered: null,
  });
  assert.deepEqual(compressed!['args'], args);
  assert.deepEqual(yamled!['args'], args);
  assert.deepEqual(yamled!['kwargs'], { yes: 'no', on: '1', small: 1e-7, large: 1.5e30, int: 1e21 });
  assert.equal(String(BigInt((special!['args'] as number[])[0]!)), String(2n ** 80n));
  assert.equal((special!['args'] as unknown[])[1], '2026-01-02T03:04:05.678000Z');
  assert.deepEqual((special!['embed'] as { callbacks: unknown }).callbacks, [link]);
  assert.equal(redelivered!['redelivered'], true);
});

test('Celery reads our results, and raises our errors', { skip }, () => {
  class PaymentRefused extends Error {
    readonly args = ['card', 402];
  }
  const failure = (error: unknown) =>
    writeMeta({
      status: 'FAILURE',
      taskId: 'id-1',
      result: errorInfo(error),
      traceback: 'Error: x\n  at y',
      dateDone: 0,
    });
  const { results } = readByCelery(
    [],
    [
      writeMeta({
        status: 'SUCCESS',
        taskId: 'id-1',
        result: { a: [1, 'é'] },
        dateDone: Date.UTC(2026, 0, 2) + 5,
      }),
      writeMeta({ status: 'PROGRESS', taskId: 'id-1', result: { done: 1 } }),
      failure(new RangeError('far')),
      failure(new PaymentRefused('x')),
      failure(new TypeError("it's")),
      writeMeta({
        status: 'REVOKED',
        taskId: 'id-1',
        result: { type: 'TaskRevokedError', message: ['terminated'], module: 'celery.exceptions' },
      }),
      writeMeta({ status: 'RETRY', taskId: 'id-1', result: null }),
    ],
  );
  const [success, progress, value, custom, type, revoked, retry] = results;
  assert.deepEqual(success, {
    status: 'SUCCESS',
    result: { a: [1, 'é'] },
    traceback: null,
    task_id: 'id-1',
    done: '2026-01-02T00:00:00.005000+00:00',
  });
  assert.deepEqual(progress!['result'], { done: 1 });
  assert.equal(progress!['done'], null);
  assert.deepEqual(pick(value), ['builtins', 'ValueError', ['far'], "ValueError('far')"]);
  assert.equal(value!['traceback'], 'Error: x\n  at y');
  assert.deepEqual(pick(custom), [
    'celery.exceptions',
    'PaymentRefused',
    ['card', 402],
    "PaymentRefused('card', 402)",
  ]);
  assert.deepEqual(pick(type), ['builtins', 'TypeError', ["it's"], `TypeError("it's")`]);
  assert.deepEqual(pick(revoked), [
    'celery.exceptions',
    'TaskRevokedError',
    ['terminated'],
    "TaskRevokedError('terminated')",
  ]);
  assert.equal(retry!['result'], null);
});

function pick(meta: Record<string, unknown> | undefined): unknown[] {
  const { module, name, args, repr } = meta!['result'] as Record<string, unknown>;
  return [module, name, args, repr];
}
