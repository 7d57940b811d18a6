import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { SignatureDict } from '@lovage/protocol';
import {
  appliedCallbacks,
  appliedErrbacks,
  bodyOf,
  chainSignature,
  chordSignature,
  firstErrbacks,
  groupSignature,
  headerOf,
  plainSignature,
  prepare,
  tasksOf,
} from '@lovage/protocol';

const s = (task: string, ...args: unknown[]) => plainSignature(task, args);
const ALERT = s('t.alert', 'channel');
const linked = (flow: SignatureDict) => ({ ...flow, options: { link_error: [ALERT] } });
const errbacks = ({ options }: SignatureDict) => options['link_error'] ?? [];

suite('what is applied at the end of a task', () => {
  test('one callback goes alone', () => {
    assert.deepEqual(appliedCallbacks([s('t.a')]), [s('t.a')]);
    assert.deepEqual(appliedCallbacks([]), []);
  });

  test('of several each group goes by itself, and the others as one more', () => {
    const [a, b, chain] = [s('t.a'), s('t.b'), chainSignature([s('t.c'), s('t.d')])];
    const group = groupSignature([s('t.e')]);
    assert.deepEqual(appliedCallbacks([a, b]), [groupSignature([a, b])]);
    assert.deepEqual(appliedCallbacks([a, group, chain]), [group, groupSignature([a, chain])]);
    assert.deepEqual(appliedCallbacks([group, group]), [group, group]);
  });

  test('error callbacks are one group, each once', () => {
    const other = { ...ALERT, args: [2n ** 60n] };
    assert.deepEqual(appliedErrbacks([ALERT, other, { ...ALERT }]), groupSignature([ALERT, other]));
    assert.deepEqual(appliedErrbacks([ALERT]), groupSignature([ALERT]));
  });
});

suite('who calls an error callback', () => {
  const chord = chordSignature([s('t.a'), chainSignature([s('t.b'), s('t.c')])], s('t.sum'));

  test('of a chord its body only', () => {
    const whole = prepare(linked(chord));
    assert.deepEqual(errbacks(bodyOf(whole)), [ALERT]);
    for (const member of tasksOf(headerOf(whole))) {
      for (const task of member.task === 'celery.chain' ? tasksOf(member) : [member]) {
        assert.deepEqual(errbacks(task), []);
      }
    }
  });

  test('of a chord every task of its header too, where the setting says so', () => {
    const rules = { errbacksOnHeaders: true };
    const inChain = linked(chainSignature([s('t.first'), chord, s('t.last')]));
    for (const whole of [prepare(linked(chord), rules), tasksOf(prepare(inChain, rules)).at(-1)!]) {
      const [a, chain] = tasksOf(headerOf(whole)) as [SignatureDict, SignatureDict];
      assert.deepEqual([a, ...tasksOf(chain)].map(errbacks), [[ALERT], [ALERT], [ALERT]]);
      assert.deepEqual(firstErrbacks(bodyOf(whole)), [ALERT]);
    }
  });

  test('of a group that becomes a chord: the same', () => {
    const flow = linked(chainSignature([groupSignature([s('t.a'), s('t.b')]), s('t.sum')]));
    const members = (rules: object) => tasksOf(headerOf(prepare(flow, rules))).map(errbacks);
    assert.deepEqual(members({}), [[], []]);
    assert.deepEqual(members({ errbacksOnHeaders: true }), [[ALERT], [ALERT]]);
  });

  test('of a chord within a header: the outer body only, or all there are', () => {
    const outer = linked(chordSignature([chord, s('t.x')], s('t.all')));
    const [quiet] = tasksOf(headerOf(prepare(outer))) as [SignatureDict];
    assert.deepEqual(errbacks(bodyOf(quiet)), []);
    const [loud] = tasksOf(headerOf(prepare(outer, { errbacksOnHeaders: true }))) as [SignatureDict];
    assert.deepEqual(errbacks(bodyOf(loud)), [ALERT]);
    assert.deepEqual(errbacks(tasksOf(headerOf(loud))[0]!), [ALERT]);
  });

  test('linking changes nothing about the arguments that a member was given', () => {
    const given = { ...chainSignature([s('t.a'), s('t.b')]), args: [5] };
    const [chain] = tasksOf(prepare(linked(groupSignature([given])))) as [SignatureDict];
    assert.deepEqual(tasksOf(chain)[0]!.args, [5]);
  });

  test('what never ran tells each of its first error callbacks once', () => {
    const body = prepare(linked(groupSignature([s('t.a'), s('t.b')])));
    assert.deepEqual(firstErrbacks(body), [ALERT]);
    const chain = linked(chainSignature([s('t.a'), s('t.b')]));
    assert.deepEqual(firstErrbacks(prepare(chain)), [ALERT]);
    assert.deepEqual(firstErrbacks(chain), [ALERT], 'as Celery sends the body of a chord');
  });
});
