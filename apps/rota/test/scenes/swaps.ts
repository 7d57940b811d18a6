import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Shared } from '../shared.ts';

export function examineSwaps(shared: Shared): void {
  test('a swap: asked for, accepted, decided; the shifts change hands', async () => {
    const { stage } = shared;
    const [mine, yours] = [
      await give(shared, 'Chiyo Endo', '2026-12-01'),
      await give(shared, 'Emil Noor', '2026-12-02'),
    ];
    const { id } = await stage.does('chiyo', '/swaps', {
      shift_id: mine.shift,
      offered_shift_id: yours.shift,
    });
    const [asked] = await stage.mails('emil', /^Chiyo Endo asks you to swap a shift$/);
    assert.match(
      asked!.text,
      /Chiyo Endo gives 2026-12-01 \(day\) and takes 2026-12-02 \(day\) from Emil Noor/,
    );
    assert.equal(
      (await stage.request('dara', 'POST', `/swaps/${id}/accept`)).status,
      409,
      'it is not hers to accept',
    );
    await stage.does('emil', `/swaps/${id}/accept`);
    await stage.mails('chiyo', /^Emil Noor accepts your swap$/);
    await stage.mails('ada', /^A swap waits for your decision$/);
    await stage.mails('bo', /^A swap waits for your decision$/);
    await stage.does('ada', `/swaps/${id}/decide`, { approve: true });
    await stage.mails('chiyo', /^Your swap is approved$/);
    await stage.mails('emil', /^Your swap is approved$/);
    assert.deepEqual(
      [await ownerOf(shared, mine.shift), await ownerOf(shared, yours.shift)],
      [yours.clinician, mine.clinician],
    );
  });

  test('a swap that is rejected, and one that is declined', async () => {
    const { stage } = shared;
    const [mine, yours] = [
      await give(shared, 'Chiyo Endo', '2026-12-01'),
      await give(shared, 'Emil Noor', '2026-12-02'),
    ];
    const ask = async () =>
      (await stage.does('chiyo', '/swaps', { shift_id: mine.shift, offered_shift_id: yours.shift })).id;
    const rejected = await ask();
    await stage.does('emil', `/swaps/${rejected}/reject`);
    await stage.mails('chiyo', /^Emil Noor rejects your swap$/);
    const declined = await ask();
    await stage.does('emil', `/swaps/${declined}/accept`);
    await stage.does('bo', `/swaps/${declined}/decide`, { approve: false });
    await stage.mails('emil', /^Your swap is declined$/);
    assert.equal(await ownerOf(shared, mine.shift), mine.clinician);
  });

  test('who has no account or no e-mail is nobody to write to: the task is true', async () => {
    const { stage } = shared;
    for (const name of ['Gus Locum', 'Fay Lund']) {
      const [mine, theirs] = [
        await give(shared, 'Chiyo Endo', '2026-12-01'),
        await give(shared, name, '2026-12-02'),
      ];
      const before = stage.smtp.mails.length;
      const { tasks } = await stage.does('chiyo', '/swaps', {
        shift_id: mine.shift,
        offered_shift_id: theirs.shift,
      });
      assert.equal(await stage.client.asyncResult<boolean>(tasks[0]).get({ timeout: 60 }), true);
      assert.equal(stage.smtp.mails.length, before);
    }
    assert.equal(
      await stage.runs('tasks.shift_swap_tasks.send_swap_decision_notification', 999_999),
      true,
      'nor for a swap that is not',
    );
  });
}

async function give({ stage }: Shared, name: string, day: string) {
  const { id: clinician } = await stage.db
    .selectFrom('clinician')
    .select('id')
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
  const { id: shift } = await stage.db
    .selectFrom('shift')
    .select('id')
    .where('day', '=', day)
    .where('kind', '=', 'day')
    .executeTakeFirstOrThrow();
  await stage.db.updateTable('shift').set({ clinician_id: clinician }).where('id', '=', shift).execute();
  return { shift, clinician };
}

async function ownerOf({ stage }: Shared, shift: number): Promise<number | null> {
  return (
    await stage.db
      .selectFrom('shift')
      .select('clinician_id')
      .where('id', '=', shift)
      .executeTakeFirstOrThrow()
  ).clinician_id;
}
