import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EmptyStore, fixture, lovage, startWorker } from './lovage.ts';

const SHOP = ['-A', fixture('shop.ts')];

/**
 * Where a message is that is not due: the sender puts it aside, or a worker does, since Python may be there to take it,
 * or the broker does and shows it to nobody.
 */
export type NotDue = 'aside' | 'ready' | 'unseen';

const UNSEEN =
  'Warning: what is not due, or claimed by a worker, is not purged: this broker does not show it\n';

/** What is listed and purged of two messages that are due, two that are not, and one in a queue of its own. */
const SEEN = {
  aside: { celery: '2        2        0', bulk: '1        0        0', purged: 4 },
  ready: { celery: '4        0        0', bulk: '1        0        0', purged: 4 },
  unseen: { celery: '2        –        –', bulk: '1        –        –', purged: 2 },
} as const;

/** What the commands about queues and the quarantine must do on every store. */
export function queuesExam(emptyStore: EmptyStore, notDue: NotDue): void {
  const seen = SEEN[notDue];
  const unseen = notDue === 'unseen' ? UNSEEN : '';

  test('delays, queues and priorities of a call reach the broker; list queues and purge see them', async () => {
    const flags = [...SHOP, ...(await emptyStore())];
    await lovage(['call', 'shop.add', '-a', '[1, 1]', ...flags]);
    await lovage(['call', 'shop.add', '-a', '[1, 1]', '--priority', '9', ...flags]);
    await lovage(['call', 'shop.add', '-a', '[1, 1]', '--countdown', '3600', ...flags]);
    await lovage(['call', 'shop.add', '-a', '[1, 1]', '--eta', '2999-01-01T00:00:00', ...flags]);
    await lovage(['call', 'shop.add', '-a', '[1, 1]', '--queue', 'bulk', ...flags]);
    const { stdout } = await lovage(['list', 'queues', ...flags, '-Q', 'celery,bulk']);
    assert.equal(
      stdout,
      [
        'Queue   Ready  Delayed  Claimed',
        '───────────────────────────────',
        `celery      ${seen.celery}`,
        `bulk        ${seen.bulk}`,
        '',
      ].join('\n'),
    );

    const purge = await lovage(['purge', '-f', ...flags]);
    assert.equal(purge.stdout, `Purged ${seen.purged} messages from 1 known task queue.\n`);
    assert.equal(purge.stderr, unseen);
    assert.equal((await lovage(['purge', '-f', ...flags])).stdout, 'No messages purged from 1 queue.\n');
    const json = await lovage(['purge', '-f', '--json', '-Q', 'celery,bulk', '-X', 'celery', ...flags]);
    assert.deepEqual(JSON.parse(json.stdout), { purged: { bulk: 1 }, total: 1 });
  });

  test('the quarantine can be seen, and its messages sent back or erased', async () => {
    const flags = [...SHOP, ...(await emptyStore())];
    const worker = await startWorker([...flags, '-P', 'async']);
    const ids: string[] = [];
    for (const name of ['shop.gone', 'shop.lost', 'shop.missing']) {
      ids.push((await lovage(['call', name, '-a', '["x"]', ...flags])).stdout.trim());
      await worker.says(new RegExp(`unregistered task of type '${name}'`));
    }
    worker.process.kill('SIGTERM');
    assert.equal((await worker.ended).code, 0);
    const [gone, lost, missing] = ids as [string, string, string];

    const list = await lovage(['quarantine', 'list', ...flags]);
    assert.match(list.stdout, /^Id +Task +Queue +Since +Reason\n─+\n/);
    for (const id of ids) assert.match(list.stdout, new RegExp(`^${id}  shop\\.\\w+ +celery +\\d{4}-`, 'm'));

    const shown = await lovage(['quarantine', 'show', gone.slice(0, 8), ...flags]);
    assert.match(
      shown.stdout,
      new RegExp(`^id +${gone}\ntask +shop\\.gone\nqueue +celery\nsince +\\d{4}.*\nreason +`),
    );
    assert.match(shown.stdout, /\nBody \(\d+ bytes of application\/json, utf-8\)\n {2}\[\["x"\],/);

    const back = await lovage(['quarantine', 'requeue', gone, ...flags]);
    assert.deepEqual([back.code, back.stdout], [0, 'Requeued 1 message.\n'], back.stderr);
    assert.deepEqual(await depths(flags), { celery: 1, 'lovage.quarantine': 2, 'lovage.dead-letters': 0 });

    const erased = await lovage(['quarantine', 'purge', lost, 'nobody', ...flags]);
    assert.deepEqual([erased.code, erased.stdout], [1, 'Purged 1 message.\n']);
    assert.equal(erased.stderr, 'nobody is not in the quarantine.\n');

    const rest = await lovage(['quarantine', 'requeue', '--all', '--json', ...flags]);
    assert.deepEqual(JSON.parse(rest.stdout), { requeued: [missing], missing: [], stuck: [] });
    assert.equal((await lovage(['quarantine', 'list', ...flags])).stdout, 'The quarantine is empty.\n');
    assert.deepEqual(await depths(flags), { celery: 2, 'lovage.quarantine': 0, 'lovage.dead-letters': 0 });
  });
}

async function depths(flags: readonly string[]): Promise<Record<string, number>> {
  const { stdout } = await lovage(['list', 'queues', '--json', ...flags]);
  const rows = JSON.parse(stdout) as { queue: string; ready: number }[];
  return Object.fromEntries(rows.map((row) => [row.queue, row.ready]));
}
