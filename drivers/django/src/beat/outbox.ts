import type { KeptMessage, OutgoingMessage } from '@lovage/contracts';
import { byteaArray, int8Array, type Run, repeatable, statement, textArray } from '@lovage/postgres/kit';
import { readEnvelope, writeEnvelope } from '@lovage/protocol';

// TEMPORARY until the kit has it.
export interface Outbox {
  prepare(messages: readonly OutgoingMessage[]): readonly unknown[];
  passes(run: Run, fence: number): Promise<boolean>;
  keep(run: Run, rows: readonly unknown[]): Promise<void>;
  kept(run: Run, limit: number): Promise<readonly KeptMessage[]>;
  forget(run: Run, ids: readonly string[]): Promise<void>;
}
export const TEMP = `
create table lovage.tmp_outbox (id int8 generated always as identity primary key, queue text, due int8, envelope text, body bytea);
create table lovage.tmp_fence (single bool primary key default true, fence int8 not null);
insert into lovage.tmp_fence (fence) values (0);`;
const PASS = statement(
  'tmp pass',
  'update lovage.tmp_fence set fence = greatest(fence, $1) returning fence = $1 as passes',
);
const KEEP = statement(
  'tmp keep',
  'insert into lovage.tmp_outbox (queue, due, envelope, body) select * from unnest($1::text[], $2::int8[], $3::text[], $4::bytea[])',
);
const KEPT = repeatable('tmp kept', 'select * from lovage.tmp_outbox order by id limit $1');
const FORGET = repeatable('tmp forget', 'delete from lovage.tmp_outbox where id::text = any($1::text[])');
type R = { queue: string; due: number; envelope: string; body: Uint8Array; id: number };
export const temporary: Outbox = {
  prepare: (messages) =>
    messages.map(({ queue, envelope, notBefore }) => ({
      queue,
      due: Math.ceil(notBefore ?? 0),
      envelope: writeEnvelope(envelope),
      body: envelope.body,
    })),
  async passes(run, fence) {
    const [row] = await run<{ passes: boolean }>(PASS, [fence]);
    return row!.passes;
  },
  async keep(run, given) {
    const rows = given as R[];
    if (rows.length > 0)
      await run(KEEP, [
        textArray(rows.map((r) => r.queue)),
        int8Array(rows.map((r) => r.due)),
        textArray(rows.map((r) => r.envelope)),
        byteaArray(rows.map((r) => r.body)),
      ]);
  },
  async kept(run, limit) {
    const rows = await run<R>(KEPT, [Math.max(0, limit)]);
    return rows.map(({ id, queue, due, envelope, body }) => ({
      id: String(id),
      message: { queue, envelope: readEnvelope(envelope, body).envelope, ...(due > 0 && { notBefore: due }) },
    }));
  },
  async forget(run, ids) {
    await run(FORGET, [textArray(ids)]);
  },
};
