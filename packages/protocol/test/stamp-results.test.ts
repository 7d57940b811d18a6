/** The results of stamped tasks, as Celery 5.6.3 kept them and as we keep them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readMeta, writeMeta } from '@lovage/protocol';
import { capture, metaTexts } from './captures.ts';

const texts = metaTexts(capture('93-stamping-revoke', '5.6.3'));

test('stamps in results are read, and written where Celery has them', () => {
  assert.equal(texts.length, 3);
  for (const text of texts) {
    const meta = readMeta(new TextEncoder().encode(text));
    const { name, args, kwargs, worker, retries, queue, stamps } = meta;
    const extended = { name, args, kwargs, worker, retries, queue, stamps } as never;
    const ours = writeMeta({ ...meta, dateDone: Date.parse(meta.dateDone!), extended });
    const [theirs, written] = [text, new TextDecoder().decode(ours)].map((each) => ({
      ...JSON.parse(each),
      date_done: '',
    }));
    assert.deepEqual(written, theirs);
    assert.deepEqual(Object.keys(written).slice(0, 12), Object.keys(theirs).slice(0, 12));
  }
  const stamps = texts.map((text) => readMeta(new TextEncoder().encode(text)).stamps);
  assert.deepEqual(stamps.map((each) => each!['user']).toSorted(), ['u1', 'u2', 'u3']);
  assert.deepEqual(
    stamps.find((each) => each!['user'] === 'u1'),
    { ids: ['1', '2'], user: 'u1' },
  );
});
