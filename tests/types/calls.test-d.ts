/** Calls: arguments are those of the function, and only what JSON carries. */
import type { AsyncResult } from '@lovage/app';
import { app, Money, same } from './app.ts';

const add = app.task('types.add', (x: number, y: number) => x + y);
const greet = app.task('types.greet', (name: string, greeting = 'hello') => `${greeting} ${name}`);
const join = app.task('types.join', (separator: string, ...parts: string[]) => parts.join(separator));
const price = app.task('types.price', (amount: { cents: number }) => amount.cents);
const anything = app.task('types.anything', (value: unknown) => String(value));
const none = app.task('types.none', async () => {});

// What must compile.
same<Awaited<ReturnType<typeof add.delay>>, AsyncResult<number>>();
add.delay(1, 2);
greet.delay('ann');
greet.delay('ann', 'good morning');
join.delay(',');
join.delay(',', 'a', 'b', 'c');
price.delay({ cents: 5 });
none.delay();
anything.delay(new Date());
anything.delay(new Uint8Array(2));
anything.delay(10n);
anything.delay({
  when: new Date(),
  list: [1, null, undefined, 'a', true],
  deep: { bytes: new Uint8Array(1) },
});
add.applyAsync([1, 2], { countdown: 10, queue: 'slow' });
greet.applyAsync(['ann']);
add.applyAsync([], { kwargs: { x: 1, y: 2 } });
add.applyAsync([1], { kwargs: { y: 2 } });
add.delay(...([1, 2] as [number, number]));

// Wrong arguments.
// @ts-expect-error: a text where a number belongs
add.delay('1', 2);
// @ts-expect-error: too few
add.delay(1);
// @ts-expect-error: too many
add.delay(1, 2, 3);
// @ts-expect-error: the optional one has a type too
greet.delay('ann', 5);
// @ts-expect-error: each of the rest has a type
join.delay(',', 'a', 5);
// @ts-expect-error: a member is missing
price.delay({});
// @ts-expect-error: it takes nothing
none.delay(1);
// @ts-expect-error: a list of arguments, not the arguments
add.applyAsync(1, 2);
// @ts-expect-error: too few without kwargs
add.applyAsync([1]);
// @ts-expect-error: a wrong type in the list
add.applyAsync(['1', 2]);
// @ts-expect-error: an option nobody knows
add.applyAsync([1, 2], { countDown: 10 });
// @ts-expect-error: an option of the wrong type
add.applyAsync([1, 2], { countdown: 'soon' });
// @ts-expect-error: a moment is a Date
add.applyAsync([1, 2], { eta: 'tomorrow' });
// @ts-expect-error: kwargs is an object
add.applyAsync([1], { kwargs: 5 });

// Arguments that would not arrive as they are.
// @ts-expect-error: a class instance with methods, though it has the members asked for
price.delay(new Money(5));
// @ts-expect-error: the same, through applyAsync
price.applyAsync([new Money(5)]);
// @ts-expect-error: a function
anything.delay(() => 1);
// @ts-expect-error: a Map
anything.delay(new Map([['a', 1]]));
// @ts-expect-error: a Set
anything.delay(new Set([1]));
// @ts-expect-error: a symbol
anything.delay(Symbol('a'));
// @ts-expect-error: a promise that somebody forgot to await
anything.delay(Promise.resolve(1));
// @ts-expect-error: a function inside an object
anything.delay({ callback: () => 1 });
// @ts-expect-error: a Map inside a list
anything.delay([new Map()]);
// @ts-expect-error: an error has no JSON of its own
anything.delay({ re: /x/ });
