import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DecodeError } from '@lovage/contracts';
import {
  EncodeError,
  type ErrorInfo,
  isFinal,
  type OutgoingMeta,
  parseIso,
  precedence,
  readMeta,
  type TaskMeta,
  writeMeta,
  writeMetaWithResultJson,
} from '@lovage/protocol';
import { capture, captures, metaTexts, VERSIONS, type Version } from './captures.ts';

const read = (text: string): TaskMeta => readMeta(Buffer.from(text));

/** Each state that a capture stored, in order, once. */
function metas(name: string, version: Version): TaskMeta[] {
  return [...new Set(metaTexts(capture(name, version)))].map(read);
}

/** The last document that a capture stored. */
const last = (name: string, version: Version): TaskMeta => metas(name, version).at(-1)!;

for (const version of VERSIONS) {
  describe(`results of Celery ${version}`, () => {
    test('every document of every capture decodes', () => {
      let count = 0;
      for (const source of captures(version, '2', '3', '40')) {
        for (const text of metaTexts(source)) {
          const meta = read(text);
          assert.equal(typeof meta.taskId, 'string');
          assert.equal(meta.dateDone !== null, isFinal(meta.status), source.name);
          if (meta.dateDone !== null) assert.ok(parseIso(meta.dateDone)! > Date.UTC(2026, 0));
          count++;
        }
      }
      assert.ok(count > 50, `only ${count} documents were found`);
    });

    test('success, progress, extended fields', () => {
      assert.equal(last('20-exec-success', version).result, 5);
      const states = metas('22-exec-progress', version).map(({ status, result }) => [status, result]);
      assert.deepEqual(states, [
        ['PROGRESS', { current: 0, total: 3 }],
        ['PROGRESS', { current: 1, total: 3 }],
        ['PROGRESS', { current: 2, total: 3 }],
        ['SUCCESS', 3],
      ]);
      const { taskId: _, dateDone: _1, ...extended } = last('25-exec-result-extended', version);
      assert.deepEqual(extended, {
        status: 'SUCCESS',
        result: { args: [1, 'é'], kwargs: { k: 2 } },
        traceback: null,
        children: [],
        name: 'tasks.echo',
        args: [1, 'é'],
        kwargs: { k: 2 },
        worker: 'w1@host1',
        retries: 0,
        queue: 'celery',
      });
    });

    const errors: readonly (readonly [string, string, ErrorInfo])[] = [
      ['23-exec-failure', 'FAILURE', { type: 'ValueError', message: ['boom'], module: 'builtins' }],
      ['23b-exec-failure-custom', 'FAILURE', { type: 'CustomError', message: [42, 'd'], module: 'tasks' }],
      [
        '34-exec-expired',
        'REVOKED',
        { type: 'TaskRevokedError', message: ['expired'], module: 'celery.exceptions' },
      ],
      [
        '35-exec-soft-timeout',
        'FAILURE',
        { type: 'SoftTimeLimitExceeded', message: [], module: 'billiard.exceptions' },
      ],
      [
        '35b-exec-hard-timeout',
        'FAILURE',
        { type: 'TimeLimitExceeded', message: [1], module: 'billiard.exceptions' },
      ],
    ];
    for (const [name, status, info] of errors) {
      test(name, () => {
        const meta = metas(name, version).find((item) => item.status === status)!;
        assert.deepEqual(normal(meta.result as ErrorInfo), info);
      });
    }

    test('nested classes keep their dotted name, lost workers and unknown tasks their module', () => {
      assert.match((last('23d-exec-failure-nested-class', version).result as ErrorInfo).type, /^\w+\.\w+$/);
      assert.equal((last('36-exec-worker-lost', version).result as ErrorInfo).module, 'billiard.exceptions');
      const unknown = last('37-exec-unknown-task', version).result as ErrorInfo;
      assert.equal(unknown.type, 'NotRegistered');
      assert.equal(unknown.module, 'celery.exceptions');
    });

    test('a retry', () => {
      const [retry, done] = metas('26-exec-retry', version);
      assert.equal(retry!.status, 'RETRY');
      assert.equal((retry!.result as ErrorInfo).type, 'ValueError');
      assert.match(retry!.traceback!, /^Traceback/);
      assert.equal(retry!.dateDone, null);
      assert.deepEqual(retry!.children, [[[retry!.taskId, null], null]]);
      assert.equal(done!.result, 7);
    });

    test('datetime result', () => {
      const { dt } = last('40-exec-datetime-result', version).result as { dt: unknown };
      const fine = '2026-01-02T03:04:05.000678Z';
      assert.deepEqual(dt, version === '5.2.6' ? fine : new Date('2026-01-02T03:04:05.000Z'));
    });

    test('written again, they are the same documents', () => {
      for (const name of [
        '20-exec-success',
        '23-exec-failure',
        '25-exec-result-extended',
        '26-exec-retry',
        '29-exec-chord3',
        '34-exec-expired',
      ]) {
        for (const text of metaTexts(capture(name, version))) {
          const python = JSON.parse(text) as Record<string, unknown>;
          const ours = JSON.parse(Buffer.from(writeMeta(outgoing(read(text)))).toString()) as Record<
            string,
            unknown
          >;
          assert.deepEqual(Object.keys(ours), Object.keys(python), name);
          if (ours['date_done'] !== null) {
            // Ours are to the millisecond, and aware as those of 5.6.
            assert.equal(
              parseIso(ours['date_done'] as string),
              Math.floor(parseIso(python['date_done'] as string)!),
            );
          }
          assert.deepEqual({ ...ours, date_done: 0 }, { ...python, date_done: 0 }, name);
        }
      }
    });
  });
}

/** 5.2 keeps the limit as a string in some places. */
function normal(info: ErrorInfo): ErrorInfo {
  return { ...info, message: info.message.map((arg) => (arg === '1' || arg === 1.0 ? 1 : arg)) };
}

function outgoing(meta: TaskMeta): OutgoingMeta {
  const { status, result, traceback, children, dateDone, taskId, groupId, parentId } = meta;
  const { name, args, kwargs, worker, retries, queue } = meta;
  return {
    status,
    result,
    traceback,
    children,
    taskId,
    groupId: groupId ?? null,
    parentId: parentId ?? null,
    ...(dateDone !== null && { dateDone: Math.floor(parseIso(dateDone)!) }),
    ...(name !== undefined && {
      extended: {
        name,
        args: args as unknown[],
        kwargs: kwargs as Record<string, unknown>,
        worker: worker!,
        retries: retries!,
        queue: queue!,
      },
    }),
  };
}

test('documents of other writers', () => {
  assert.deepEqual(
    read('{"status":"FAILURE","result":{"exc_type":"E","exc_message":"plain"},"task_id":"1"}').result,
    {
      type: 'E',
      message: ['plain'],
      module: '',
    },
  );
  assert.deepEqual(read('{"status":"FAILURE","result":null,"task_id":"1"}').result, {
    type: 'Exception',
    message: [],
    module: '',
  });
  assert.deepEqual(read('{"status":"FAILURE","result":"why","task_id":"1"}').result, {
    type: 'Exception',
    message: ['why'],
    module: '',
  });
  assert.equal(read('{"status":"RETRY","result":null,"task_id":"1"}').result, null);
  for (const text of ['', '[]', '{}', '{"status":"SUCCESS","result":1}', '{"task_id":"1","result":1}']) {
    assert.throws(() => read(text), DecodeError, text);
  }
});

test('the result may be JSON already', () => {
  const meta = { status: 'SUCCESS', taskId: '1', dateDone: 0 };
  assert.deepEqual(writeMetaWithResultJson(meta, '{"a":1}'), writeMeta({ ...meta, result: { a: 1 } }));
  assert.equal(read(Buffer.from(writeMeta({ ...meta, result: undefined })).toString()).result, null);
});

test('only a final state has a date', () => {
  const done = (status: string, result: unknown) =>
    JSON.parse(Buffer.from(writeMeta({ status, result, taskId: '1', dateDone: 0 })).toString()).date_done;
  assert.equal(done('SUCCESS', 1), '1970-01-01T00:00:00.000000+00:00');
  assert.equal(done('RETRY', null), null);
  assert.equal(done('PROGRESS', 1), null);
});

test('a failure needs an error, and a result must be JSON', () => {
  assert.throws(() => writeMeta({ status: 'FAILURE', taskId: '1', result: null }), EncodeError);
  assert.throws(
    () => writeMeta({ status: 'SUCCESS', taskId: '1', result: { at: [1n, new Set()] } }),
    /^EncodeError: result\.at\[1\] is a Set/,
  );
});

test('precedence of states', () => {
  assert.ok(precedence('SUCCESS') < precedence('FAILURE'));
  assert.ok(precedence('PROGRESS') < precedence('REVOKED'));
  assert.equal(precedence('PROGRESS'), precedence(null));
  assert.ok(precedence('RETRY') < precedence('PENDING'));
});
