/** Workflows: each result must fit the next task's open argument. */
import type { AsyncResult, GroupResult } from '@lovage/app';
import { chain, chord, group } from '@lovage/app';
import { app, same } from './app.ts';

const add = app.task('types.canvas.add', (x: number, y: number) => x + y);
const double = app.task('types.canvas.double', async (n: number) => n * 2);
const sum = app.task('types.canvas.sum', (numbers: number[]) => numbers.length);
const pair = app.task('types.canvas.pair', (both: [number, string]) => both[1]);
const text = app.task('types.canvas.text', (n: number) => String(n));
const greet = app.task('types.canvas.greet', (name: string, greeting = 'hello') => `${greeting} ${name}`);
const join = app.task('types.canvas.join', (first: string, ...more: string[]) => [first, ...more].join());
const none = app.task('types.canvas.none', async () => {});
const onNull = app.task('types.canvas.on_null', (nothing: null) => nothing === null);
const find = app.task('types.canvas.find', (id: number) => (id > 0 ? { id } : null));
const strict = app.task('types.canvas.strict', (found: { id: number }) => found.id);
const lenient = app.task('types.canvas.lenient', (found: { id: number } | null) => found?.id ?? 0);
const fan = app.task({ name: 'types.canvas.fan', bind: true }, (self, n: number): number[] =>
  self.replace(group([double.s(n)])),
);

// Signatures: what is left open.
const whole = await (await add.s(1, 2).delay()).get();
same<typeof whole, number>();
await add.s(2).delay(1);
await add.s().delay(1, 2);
await greet.s('ann').delay();
await greet.s('hi').delay('ann');
await join.s('b', 'c').delay('a');
await double.si(4).delay();
// @ts-expect-error: one more is open
await add.s(2).delay();
// @ts-expect-error: nothing is open
await add.s(1, 2).delay(3);
// @ts-expect-error: the open one is a number
await add.s(2).delay('1');
// @ts-expect-error: the last argument is a number
add.s('2');
// @ts-expect-error: three are too many
add.s(1, 2, 3);
// @ts-expect-error: an immutable one must be complete
add.si(1);

// Chains.
const three = await chain(add.s(1, 2), double.s(), text.s()).delay();
same<typeof three, AsyncResult<string>>();
same<Awaited<ReturnType<typeof three.get>>, string>();
await chain(double.s(), add.s(1)).delay(4);
await chain(none.s(), onNull.s()).delay();
await chain(find.s(1), lenient.s()).delay();
await chain(text.s(1), greet.s('good morning')).delay();
await chain(text.s(1), greet.s()).delay();
await chain(text.s(1), join.s('b', 'c')).delay();
await chain(text.s(1), add.si(1, 2), double.s()).delay();
await chain(chain(add.s(1, 2), double.s()), text.s()).delay();
// @ts-expect-error: a text where a number belongs
chain(text.s(1), double.s());
// @ts-expect-error: the second step is complete: it takes no more
chain(add.s(1, 2), double.s(3));
// @ts-expect-error: two are open, one comes
chain(add.s(1, 2), add.s());
// @ts-expect-error: the third does not fit
chain(add.s(1, 2), text.s(), double.s());
// @ts-expect-error: it may be null
chain(find.s(1), strict.s());
// @ts-expect-error: a chain without steps
chain();
// @ts-expect-error: a task is no signature
chain(add, double.s());
// @ts-expect-error: its first step still takes one
await chain(double.s(), add.s(1)).delay();
// @ts-expect-error: and that is a number
await chain(double.s(), add.s(1)).delay('4');
// @ts-expect-error: what comes of a chain within must fit too
chain(chain(add.s(1, 2), text.s()), double.s());

// Pipes.
const piped = await add.s(1, 2).pipe(double.s()).pipe(text.s()).delay();
same<typeof piped, AsyncResult<string>>();
// @ts-expect-error: a text where a number belongs
text.s(1).pipe(double.s());
// @ts-expect-error: further on too
add.s(1, 2).pipe(text.s()).pipe(double.s());

// Groups.
const both = await group(add.s(1, 2), text.s(3)).delay();
same<typeof both, GroupResult<[number, string]>>();
const many = await group([1, 2].map((n) => double.s(n))).delay();
same<typeof many, GroupResult<number[]>>();
same<Awaited<ReturnType<typeof many.get>>, number[]>();
const flat = await group(group(add.s(1, 2), text.s(3)), double.s(1)).delay();
same<typeof flat, GroupResult<[number, string, number]>>();
await group(double.s(), text.s()).delay(4);
// @ts-expect-error: each member still takes one
await group(double.s(), text.s()).delay();
// @ts-expect-error: which must fit all of them
await group(double.s(), greet.s()).delay(4);
// @ts-expect-error: numbers are no signatures
group([1, 2]);

// Groups in chains, and chords.
const ended = await chain(add.s(1, 2), group(double.s(), text.s())).delay();
same<typeof ended, GroupResult<[number, string]>>();
const total = await chain(group(add.s(1, 2), double.s(3)), sum.s()).delay();
same<typeof total, AsyncResult<number>>();
await chain(add.s(1, 2), group(double.s(), text.s()), pair.s()).delay();
await chord([add.s(1, 2), double.s(3)], sum.s()).delay();
await chord([add.s(1, 2), text.s(3)], pair.s()).delay();
await chord(
  [1, 2].map((n) => double.s(n)),
  sum.s(),
).delay();
await chord(group(add.s(1, 2), text.s(3)), pair.s()).delay();
await chord([add.s(1, 2)], none.si()).delay();
await group(add.s(1, 2), double.s(3)).pipe(sum.s()).pipe(double.s()).delay();
await chord([fan.s(1), fan.s(2)], app.signature<number>('elsewhere.sum')).delay();
// @ts-expect-error: one of the results is a text
chain(group(add.s(1, 2), text.s(3)), sum.s());
// @ts-expect-error: a list comes, not one of its members
chain(group(add.s(1, 2)), double.s());
// @ts-expect-error: the wrong way around
chord([text.s(3), add.s(1, 2)], pair.s());
// @ts-expect-error: three results for a pair
chord([add.s(1, 2), text.s(3), text.s(4)], pair.s());
const doubles = [1, 2].map((n) => double.s(n));
// @ts-expect-error: a list of unknown length is no pair
chord(doubles, pair.s());
// @ts-expect-error: the members take a number, and a text comes
chain(text.s(1), group(double.s(), double.s()));
// @ts-expect-error: a header is a list or a group
chord(5, sum.s());
// @ts-expect-error: a body must take the list
group(add.s(1, 2)).pipe(none.s());

// Many calls of one task.
const mapped = await (await double.map([1, 2]).delay()).get();
same<typeof mapped, number[]>();
await add.starmap([[1, 2]]).delay();
await add.chunks([[1, 2]], 1).delay();
// @ts-expect-error: its items are numbers
double.map(['1']);
// @ts-expect-error: its items are lists of two numbers
add.starmap([[1]]);

// By name, anything goes in and what one says comes out.
const named = app.signature<number>('elsewhere.count', ['a']);
await chain(text.s(1), named, double.s()).delay();
// @ts-expect-error: a number, as was said
chain(named, greet.s());

// Stamps: what a signature takes and gives stays as it was.
const stamped = await chain(add.s(1, 2).stamp({ user: 'u1' }), double.s())
  .stamp({ ids: ['a', 1] })
  .delay();
same<typeof stamped, AsyncResult<number>>();
await add.s(2).stamp({ user: null }, { append: true }).delay(1);
await chord(group(add.s(1, 2), text.s(3)).stamp({ plan: { paid: true } }), pair.s()).delay();
await add.applyAsync([1, 2], { stamps: { user: 'u1' } });
group(add.s(1, 2)).stamp({
  onGroupStart: ({ kwargs }) => ({ size: Object.keys(kwargs).length, hint: 'x', stampedHeaders: ['size'] }),
  onSignature: (signature, headers) => ({ task: signature.task, outside: headers['size'] ?? null }),
});
group(add.s(1, 2)).stamp({ onSignature() {} });
// @ts-expect-error: what is open stays open
await add.s(2).stamp({ user: 'u1' }).delay();
// @ts-expect-error: a Date is no JSON value
add.s(1, 2).stamp({ since: new Date() });
// @ts-expect-error: nor is undefined
add.s(1, 2).stamp({ user: undefined });
// @ts-expect-error: the names of stamps are texts
add.s(1, 2).stamp({ user: 'u1', stampedHeaders: [1] });
// @ts-expect-error: a visitor must say something of each signature
group(add.s(1, 2)).stamp({ onGroupStart: () => ({ in_group: true }) });
// @ts-expect-error: at once, not by a promise
add.s(1, 2).stamp({ onSignature: async () => ({ user: 'u1' }) });
// @ts-expect-error: stamps of a call are JSON values too
add.applyAsync([1, 2], { stamps: { user: () => 'u1' } });
// @ts-expect-error: append is the only option
add.s(1, 2).stamp({ user: 'u1' }, { appendStamps: true });
