import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  concluded,
  failed,
  HOSTNAME,
  ID,
  meta,
  opened,
  record,
  signature,
  succeeded,
  TASK,
} from './conclude-scene.ts';

describe('a success', () => {
  test('is one final record and a settled delivery', () => {
    const conclusion = concluded(succeeded({ n: 5 }));
    const { taskId, state, final } = record(conclusion);
    assert.deepEqual({ taskId, state, final }, { taskId: ID, state: 'SUCCESS', final: true });
    const { status, result, traceback, children, dateDone } = meta(conclusion);
    assert.deepEqual(
      { status, result, traceback, children },
      { status: 'SUCCESS', result: { n: 5 }, traceback: null, children: [] },
    );
    assert.equal(dateDone, '2026-01-02T03:04:05.000000+00:00');
    assert.deepEqual(conclusion.followUps, []);
    assert.equal(conclusion.settlement, 'done');
    assert.deepEqual(conclusion.report, { kind: 'succeeded', runtimeS: 0.5, text: "{'n': 5}" });
  });

  test('of nothing at all is null', () => {
    assert.equal(meta(concluded(succeeded(undefined))).result, null);
  });

  test('is kept as long as resultExpires says, a day without it, for ever with null', () => {
    assert.equal(record(concluded(succeeded(1))).ttlMs, 86_400_000);
    assert.equal(record(concluded(succeeded(1), { conf: { resultExpires: 60 } })).ttlMs, 60_000);
    assert.equal(record(concluded(succeeded(1), { conf: { resultExpires: null } })).ttlMs, undefined);
  });

  test('carries where to answer', () => {
    assert.equal(record(concluded(succeeded(1))).replyTo, 'oid-1');
  });

  test('writes dates as typed values, or as text where lovageJsonTyped is off', () => {
    const when = new Date('2026-01-02T03:04:05.678Z');
    assert.deepEqual(meta(concluded(succeeded(when))).result, when);
    const plain = meta(concluded(succeeded(when), { conf: { lovageJsonTyped: false } }));
    assert.match(String(plain.result), /^2026-01-02T03:04:05\.678/);
    assert.equal(typeof plain.result, 'string');
  });

  test('sends its callbacks, each given the result unless immutable, then the next step of its chain', () => {
    const last = signature('t.last', { options: { task_id: 'last-1' } });
    const embed = {
      callbacks: [signature('t.add', { args: [10] }), signature('t.fixed', { args: [1], immutable: true })],
      // The wire keeps a chain reversed.
      chain: [
        last,
        signature('t.step', {
          args: [2],
          kwargs: { k: 1 },
          options: { task_id: 'step-1', queue: 'other', priority: 7 },
        }),
      ],
    };
    const conclusion = concluded(succeeded(3), { embed, headers: { rootId: 'root-1' } });
    const sent = conclusion.followUps.map(({ queue, envelope }) => ({
      queue,
      priority: envelope.priority,
      ...opened(envelope),
    }));
    assert.deepEqual(
      sent.map(({ headers, args, kwargs }) => [headers.task, args, kwargs]),
      [
        ['t.add', [3, 10], {}],
        ['t.fixed', [1], {}],
        ['t.step', [3, 2], { k: 1 }],
      ],
    );
    for (const { headers } of sent) {
      assert.deepEqual([headers.rootId, headers.parentId], ['root-1', ID]);
    }
    const step = sent[2]!;
    assert.deepEqual([step.headers.id, step.queue, step.priority], ['step-1', 'other', 7]);
    assert.deepEqual(step.embed.chain, [last], 'it takes the rest of the chain with it');
    const [add, fixed] = sent.map(({ headers }) => [[headers.id, null], null]);
    const { group } = sent[0]!.headers;
    assert.ok(group && group === sent[1]!.headers.group, 'several callbacks are one group');
    assert.deepEqual(
      meta(conclusion).children,
      [
        [
          [group, null],
          [add, fixed],
        ],
        [['step-1', null], null],
      ],
      'all of them are its children',
    );
  });

  test('hides a step with a countdown until it is due, unless Python may have to find it', () => {
    const embed = { callbacks: [signature('t.later', { options: { countdown: 60 } })] };
    const before = Date.now();
    const [ours] = concluded(succeeded(1), { embed }).followUps;
    assert.ok(ours!.notBefore! >= before + 60_000);
    const [shared] = concluded(succeeded(1), { embed, foreignPeers: true }).followUps;
    assert.equal(shared!.notBefore, undefined);
    assert.ok(opened(shared!.envelope).headers.eta! >= before + 60_000);
  });

  test('counts towards its chord', () => {
    const body = signature('t.sum', { options: { task_id: 'body-1' } });
    const [chord] = concluded(succeeded(4), {
      embed: { chord: body },
      headers: { group: 'g-1', groupIndex: 2 },
    }).chords!;
    assert.deepEqual(
      { ...chord, part: { ...chord!.part, payload: new TextDecoder().decode(chord!.part.payload) } },
      {
        id: 'g-1',
        body,
        part: { taskId: ID, index: 2, state: 'SUCCESS', payload: '4' },
        rootId: ID,
      },
    );
  });

  test('that nobody could read is the failure of its task', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    for (const value of [() => 1, cycle, { deep: [Symbol('s')] }]) {
      const conclusion = concluded(succeeded(value), { embed: { callbacks: [signature('t.next')] } });
      const { status, result } = meta(conclusion);
      assert.equal(status, 'FAILURE');
      assert.equal((result as { type: string }).type, 'EncodeError');
      assert.deepEqual(conclusion.followUps, [], 'nothing follows a failure');
      assert.equal(conclusion.report.kind, 'failed');
    }
  });

  test('whose next step cannot be sent is the failure of its task', () => {
    const chain = [signature('celery.group', { subtask_type: 'group' })];
    const conclusion = concluded(succeeded(1), { embed: { chain } });
    assert.equal(meta(conclusion, ID).status, 'FAILURE');
    assert.equal(conclusion.settlement, 'done');
  });
});

describe('a failure', () => {
  class Broken extends Error {}

  test('is one final record with type, message, module and traceback', () => {
    const conclusion = concluded(failed(new Broken('no')));
    const { status, result, traceback } = meta(conclusion);
    assert.equal(status, 'FAILURE');
    assert.deepEqual(result, { type: 'Broken', message: ['no'], module: 'js' });
    assert.match(traceback!, /Broken|Error: no[\s\S]+conclude\.test\.ts/);
    assert.equal(record(conclusion).final, true);
    assert.equal(conclusion.settlement, 'done');
    assert.deepEqual(
      [conclusion.report.kind, conclusion.report.text, conclusion.report.expected],
      ['failed', "Broken('no')", false],
    );
    assert.equal(concluded(failed(new Broken('no'), true)).report.expected, true);
  });

  test('sends its errbacks, each given the id of the task, and tells the steps that will never run', () => {
    const embed = {
      errbacks: [signature('t.alarm', { args: ['loud'] })],
      callbacks: [signature('t.never')],
      chain: [
        signature('t.last', { options: { task_id: 'last-1' } }),
        signature('t.step', { options: { task_id: 'step-1' } }),
      ],
    };
    const conclusion = concluded(failed(new Broken('no')), { embed, headers: { rootId: 'root-1' } });
    const sent = conclusion.followUps.map(({ envelope }) => opened(envelope));
    assert.deepEqual(
      sent.map(({ headers, args }) => [headers.task, args, headers.rootId, headers.parentId]),
      [['t.alarm', [ID, 'loud'], 'root-1', ID]],
    );
    assert.deepEqual(
      conclusion.records.map(({ taskId, state }) => [taskId, state]),
      [
        [ID, 'FAILURE'],
        ['last-1', 'FAILURE'],
        ['step-1', 'FAILURE'],
      ],
    );
    for (const id of [ID, 'last-1', 'step-1']) {
      assert.deepEqual(meta(conclusion, id).result, { type: 'Broken', message: ['no'], module: 'js' });
    }
  });

  test('is stored also where an errback cannot be sent, with a warning', () => {
    const errbacks = [signature('celery.chord', { subtask_type: 'chord' })];
    const conclusion = concluded(failed(new Broken('no')), { embed: { errbacks } });
    assert.equal(meta(conclusion).status, 'FAILURE');
    assert.deepEqual(conclusion.followUps, []);
    assert.match(conclusion.report.warning!, /errbacks cannot be sent: .*chord/);
  });

  test('counts towards its chord', () => {
    const body = signature('t.sum', { options: { task_id: 'body-1' } });
    const [chord] = concluded(failed(new Broken('no')), {
      embed: { chord: body },
      headers: { group: 'g-1', groupIndex: 0 },
    }).chords!;
    assert.equal(chord!.part.state, 'FAILURE');
    assert.deepEqual(JSON.parse(new TextDecoder().decode(chord!.part.payload)), {
      exc_type: 'Broken',
      exc_message: ['no'],
      exc_module: 'js',
    });
  });

  test('is refused for good where acksOnFailureOrTimeout is off', () => {
    const conclusion = concluded(failed(new Broken('no')), { options: { acksOnFailureOrTimeout: false } });
    assert.equal(conclusion.settlement, 'reject');
    assert.equal(meta(conclusion).status, 'FAILURE');
  });
});

describe('what leaves no state', () => {
  test('Ignore: the message is done', () => {
    const { records, followUps, settlement, report } = concluded({ kind: 'ignored', reason: 'not today' });
    assert.deepEqual({ records, followUps, settlement }, { records: [], followUps: [], settlement: 'done' });
    assert.deepEqual([report.kind, report.text], ['ignored', 'not today']);
  });

  test('Reject: the message is refused, or goes back', () => {
    for (const [requeue, expected] of [
      [false, 'reject'],
      [true, 'release'],
    ] as const) {
      const { records, followUps, settlement } = concluded({ kind: 'rejected', requeue, reason: '' });
      assert.deepEqual(
        { records, followUps, settlement },
        { records: [], followUps: [], settlement: expected },
      );
    }
  });
});

describe('a result is not kept', () => {
  const error = new Error('no');
  const table = [
    ['by the message', { headers: { ignoreResult: true } }, 0, 0],
    ['by the task', { options: { ignoreResult: true } }, 0, 0],
    ['except for errors', { options: { ignoreResult: true, storeErrorsEvenIfIgnored: true } }, 0, 1],
    ['without a result backend', { keepsResults: false }, 0, 0],
    ['otherwise it is', {}, 1, 1],
  ] as const;
  for (const [why, call, ofSuccess, ofFailure] of table) {
    test(why, () => {
      assert.equal(concluded(succeeded(1), call).records.length, ofSuccess);
      assert.equal(concluded(failed(error), call).records.length, ofFailure);
    });
  }

  test('yet what follows is sent', () => {
    const call = {
      headers: { ignoreResult: true },
      embed: { callbacks: [signature('t.next')], errbacks: [signature('t.alarm')] },
    };
    assert.equal(concluded(succeeded(1), call).followUps.length, 1);
    assert.equal(concluded(failed(error), call).followUps.length, 1);
  });
});

test('resultExtended adds name, arguments, worker, retries and queue', () => {
  const call = {
    conf: { resultExtended: true },
    args: [1, 'é'],
    kwargs: { k: 2 },
    headers: { retries: 1, group: 'g-1', parentId: 'p-1' },
  };
  const { name, args, kwargs, worker, retries, queue, groupId, parentId } = meta(
    concluded(succeeded(1), call),
  );
  assert.deepEqual(
    { name, args, kwargs, worker, retries, queue, groupId, parentId },
    {
      name: TASK,
      args: [1, 'é'],
      kwargs: { k: 2 },
      worker: HOSTNAME,
      retries: 1,
      queue: 'celery',
      groupId: 'g-1',
      parentId: 'p-1',
    },
  );
  assert.equal(meta(concluded(failed(new Error('no')), call)).name, TASK);
});
