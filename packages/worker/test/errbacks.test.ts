/** What a worker writes of a failure for those who are told of it. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DriverError } from '@lovage/contracts';
import { FAILURE_HEADER, readFailure } from '@lovage/protocol';
import { concluded, failed, HOSTNAME, ID, meta, opened, retry, signature, TASK } from './conclude-scene.ts';
import { Scene, until } from './scene.ts';

class Broken extends Error {}

const alerting = { errbacks: [signature('other.alert', { args: ['#ops'] })] };

suite('the messages of error callbacks', { concurrency: true }, () => {
  test('tell what the record tells, and who ran it', () => {
    const conclusion = concluded(failed(new Broken('no')), {
      args: [1],
      embed: alerting,
      headers: {
        rootId: 'root-1',
        parentId: 'parent-1',
        retries: 2,
        stamps: { user: 'u1' },
        stampedHeaders: ['user'],
      },
    });
    const [{ headers, args }] = conclusion.followUps.map(({ envelope }) => opened(envelope)) as [
      ReturnType<typeof opened>,
    ];
    assert.deepEqual([args, headers.parentId, headers.rootId], [[ID, '#ops'], ID, 'root-1']);
    const { request, error, traceback } = readFailure(headers.custom[FAILURE_HEADER])!;
    assert.deepEqual([request.id, request.task, request.args, request.hostname], [ID, TASK, [1], HOSTNAME]);
    assert.deepEqual([request.rootId, request.parentId, request.retries], ['root-1', 'parent-1', 2]);
    assert.deepEqual([request.stamps, request.stampedHeaders], [{ user: 'u1' }, ['user']]);
    const { result, traceback: kept } = meta(conclusion);
    assert.deepEqual([error, traceback], [result, kept]);
  });

  test('that cannot be sent are named in a warning, and the others are sent', () => {
    const errbacks = [signature('celery.chord', { subtask_type: 'chord' }), ...alerting.errbacks];
    const conclusion = concluded(failed(new Broken('no')), { embed: { errbacks } });
    assert.equal(conclusion.followUps.length, 1);
    assert.match(conclusion.report.warning!, /some of its errbacks cannot be sent: celery\.chord: /);
  });

  test('keep the failure when the callback is retried', () => {
    const custom = { [FAILURE_HEADER]: 'the failure', trace: 'x' };
    const [again] = concluded(retry(), { headers: { custom } }).followUps;
    assert.deepEqual(opened(again!.envelope).headers.custom, custom);
  });

  test('are durable with the record and the acknowledgement, or not at all', async (t) => {
    let away = true;
    let tried = 0;
    const before = (call: string) => {
      if (!away || !call.startsWith('settle done failing')) return;
      tried += 1;
      throw new DriverError('unavailable', 'gone fishing');
    };
    const scene = new Scene(t, { taskAcksLate: true }, { before });
    const { app } = scene;
    const told: string[] = [];
    const alert = app.errback(
      'eb.alert',
      (request, error) => void told.push(`${request.id} ${error.message}`),
    );
    const fail = app.task('eb.fail', () => {
      throw new Broken('no');
    });
    await scene.worker();
    await fail.applyAsync([], { taskId: 'failing', linkError: alert.s() });
    await until(() => tried >= 2, 'it was tried twice');
    const { results } = await app.drivers();
    assert.deepEqual([told, (await results!.fetch(['failing'])).size], [[], 0]);
    away = false;
    await until(() => told.length > 0, 'it was told');
    assert.deepEqual(told, ['failing no']);
    assert.equal((await results!.fetch(['failing'])).get('failing')!.state, 'FAILURE');
    assert.equal(scene.count('settle done failing =FAILURE'), 1, 'one write');
  });
});
