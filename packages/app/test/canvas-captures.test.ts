/** A running task that replaces itself or adds to its header: what Celery's worker sent, and what ours makes of the same message. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import type { App, TaskSelf } from '@lovage/app';
import { departure, group, perform, requestFrom } from '@lovage/app';
import type { Envelope, ResultBackend } from '@lovage/contracts';
import { readBody, readHeaders, readKombu } from '@lovage/protocol';
import { setUp } from './sending-app.ts';

const FOLDERS = { '5.2.6': '', '5.6.3': 'v5.6.3/' };
const ACCEPT = { accept: new Set(['application/json']), maxBytes: 1 << 20 };

/** The messages of a capture, in the order in which they were sent. */
function captured(folder: string, name: string): readonly [Envelope, ...Envelope[]] {
  const file = new URL(`../../../interop/captures/${folder}${name}.json`, import.meta.url);
  const { raw } = JSON.parse(readFileSync(file, 'utf8')) as { raw: { commands: (unknown[] | object)[] } };
  const argv = raw.commands.map((command) =>
    Array.isArray(command) ? command[2] : (command as { argv?: unknown }).argv,
  );
  const pushed = argv.filter((words): words is string[] => Array.isArray(words) && words[0] === 'LPUSH');
  return pushed.map((words) => readKombu(words.at(-1)!).envelope) as [Envelope, ...Envelope[]];
}

/** Runs a task of ours on a message that Celery sent. */
function runOn(app: App, envelope: Envelope, fn: (self: TaskSelf) => unknown) {
  const headers = readHeaders(envelope);
  const body = readBody(envelope, ACCEPT);
  const delivery = { queue: 'celery', redelivered: false, envelope };
  const request = requestFrom(headers, body, delivery, 'celery@here');
  const task = app.adopt({ name: headers.task, options: { bind: true }, fn, file: 'here' });
  const context = { signal: new AbortController().signal, report: () => {} };
  return { request, outcome: perform(app, task, request, context) };
}

/** What is compared of a message: all of its workflow. Options that are null say nothing; nor does 5.6's group of a body. */
function essence(envelope: Envelope) {
  const { task, id, parentId, rootId, group: header, groupIndex } = readHeaders(envelope);
  const { args, kwargs, embed } = readBody(envelope, ACCEPT);
  const { callbacks, errbacks, chain, chord } = embed;
  const { group_id: _, reply_to: __, ...options } = chord?.options ?? {};
  const said = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null));
  const body = chord && { ...chord, options: said };
  return { task, id, parentId, rootId, header, groupIndex, args, kwargs, callbacks, errbacks, chain, body };
}

for (const [version, folder] of Object.entries(FOLDERS)) {
  suite(`workflows that grow while Celery ${version} runs them`, () => {
    test('32: a task that is replaced by a task', async () => {
      const { app } = setUp();
      const [call, theirs] = captured(folder, '32-exec-replace');
      const add = app.signature('tasks.add', [1, 100]);
      const { request, outcome } = runOn(app, call, (self) => self.replace(add));
      const replaced = await outcome;
      assert.ok(replaced.kind === 'replaced');
      const { messages } = departure(app, replaced.signature, {
        rootId: request.rootId,
        parentId: request.id,
      });
      assert.deepEqual(
        messages.map(({ envelope }) => essence(envelope)),
        [essence(theirs!)],
      );
      assert.equal(readHeaders(messages[0]!.envelope).replacedTaskNesting, 1);
    });

    test('32b: a task that is replaced by a group', async () => {
      const { app } = setUp({ resultBackend: 'fake://' });
      const [call, ...theirs] = captured(folder, '32b-exec-replace-group');
      const two = group(app.signature('tasks.add', [1, 1]), app.signature('tasks.add', [1, 2]));
      const { request, outcome } = runOn(app, call, (self) => self.replace(two));
      const replaced = await outcome;
      assert.ok(replaced.kind === 'replaced');
      const apply = { rootId: request.rootId, parentId: request.id };
      const { messages, opens } = departure(app, replaced.signature, apply);
      const parts = theirs.slice(0, 2).map(essence);
      const ours = messages.map(({ envelope }) => essence(envelope));
      // The ids of its parts and of its header are fresh.
      const fresh = (each: (typeof ours)[number], index: number) => ({
        ...each,
        id: parts[index]!.id,
        header: parts[index]!.header,
      });
      assert.deepEqual(ours.map(fresh), parts);
      assert.deepEqual(
        opens.map(({ id }) => id),
        [ours[0]!.header],
      );
      assert.equal(new Set(ours.map(({ header }) => header)).size, 1);
    });

    test('29f: a part that is added to a header', async () => {
      const { app, service, sent } = setUp({ resultBackend: 'fake://' });
      const grown: string[] = [];
      const chords = { grow: async (id: string) => void grown.push(id) };
      service.results = { chords, close: async () => {} } as unknown as Partial<ResultBackend>;
      const [call, _, added] = captured(folder, '29f-exec-add-to-chord');
      const add = app.signature('tasks.add', [10, 10]);
      const { request, outcome } = runOn(app, call, async (self) => {
        await self.addToChord(add);
      });
      assert.equal((await outcome).kind, 'succeeded');
      assert.deepEqual(grown, [request.group]);
      const theirs = essence(added!);
      assert.deepEqual({ ...essence(sent().envelope), id: theirs.id }, theirs);
    });
  });
}
