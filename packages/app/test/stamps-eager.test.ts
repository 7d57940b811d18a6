import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chain } from '@lovage/app';
import { setUp } from './sending-app.ts';

test('stamps are seen by tasks that run here and now, too', async () => {
  const { app } = setUp({ taskAlwaysEager: true });
  const seen: unknown[] = [];
  const see = app.task({ name: 'st.see', bind: true }, ({ request }, what: string) => {
    seen.push([what, request.stamps, request.stampedHeaders]);
    return what;
  });
  const flow = chain(see.s('first').link(see.si('link')), see.si('next'));
  await flow.stamp({ user: 'u1' }).delay();
  await see.applyAsync(['call'], { stamps: { user: 'u1' } });
  assert.deepEqual(
    seen,
    ['first', 'link', 'next', 'call'].map((what) => [what, { user: 'u1' }, ['user']]),
  );
});
