/** Definitions: what a task's function may take, and what is read off it. */
import type { Task, TaskSelf } from '@lovage/app';
import { ImproperlyConfigured, sharedTask } from '@lovage/app';
import { app, type Money, same } from './app.ts';

interface Order {
  id: number;
  lines: { sku: string; count: number }[];
  placedAt: Date;
  note?: string;
}
interface Tree {
  value: string;
  children: Tree[];
}
type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

// What must compile.
const order = app.task('types.order', (given: Order) => given.id);
same<typeof order, Task<[given: Order], number>>();
const tree = app.task('types.tree', (root: Tree) => root.children.length);
same<typeof tree, Task<[root: Tree], number>>();
app.task('types.json', (value: Json) => value);
app.task('types.bytes', (bytes: Uint8Array, at: Date, big: bigint) => [bytes, at, big]);
app.task('types.union', (kind: 'a' | 'b', size: number | null) => `${kind}${size}`);
app.task('types.readonly', (ids: readonly number[], pair: readonly [string, number]) => ids.length + pair[1]);
const later = app.task('types.later', async (id: number) => ({ id, at: new Date() }));
same<typeof later, Task<[id: number], { id: number; at: Date }>>();
const promised = app.task('types.promised', (id: number): Promise<string> => Promise.resolve(`${id}`));
same<typeof promised, Task<[id: number], string>>();
const bound = app.task({ name: 'types.bound', bind: true, maxRetries: 5 }, (self, id: number) => {
  same<typeof self, TaskSelf>();
  return `${self.request.id}${id}`;
});
same<typeof bound, Task<[id: number], string>>();
const optioned = app.task(
  {
    name: 'types.optioned',
    autoretryFor: [TypeError, ImproperlyConfigured],
    retryBackoff: 2,
    maxRetries: null,
  },
  (id: number) => id,
);
same<typeof optioned, Task<[id: number], number>>();
const shared = sharedTask('types.shared', (id: number) => id * 2);
same<ReturnType<typeof shared.on>, Task<[id: number], number>>();
shared.delay(5);
const never = app.task({ name: 'types.never', bind: true }, async (self, id: number) => {
  if (id < 0) self.retry({ countdown: 5 });
  return id;
});
same<typeof never, Task<[id: number], number>>();

// What must not.
// @ts-expect-error: an instance with methods arrives without them
app.task('types.money', (amount: Money) => amount.cents);
// @ts-expect-error: a Map
app.task('types.map', (map: Map<string, number>) => map.size);
// @ts-expect-error: a Set
app.task('types.set', (set: Set<string>) => set.size);
// @ts-expect-error: a function
app.task('types.function', (callback: () => void) => callback());
// @ts-expect-error: a symbol
app.task('types.symbol', (symbol: symbol) => String(symbol));
// @ts-expect-error: a promise
app.task('types.promise', (promise: Promise<number>) => promise);
// @ts-expect-error: an instance deep inside
app.task('types.deep', (cart: { lines: { price: Money }[] }) => cart.lines.length);
// @ts-expect-error: a function among others
app.task('types.mixed', (id: number, options: { onDone: () => void }) => [id, options]);
// @ts-expect-error: a Map as an optional argument
app.task('types.optional', (id: number, map?: Map<string, string>) => [id, map]);
// @ts-expect-error: Maps among the rest
app.task('types.rest', (...maps: Map<string, string>[]) => maps.length);
// @ts-expect-error: the same with bind
app.task({ name: 'types.bound-map', bind: true }, (self, map: Map<string, number>) => [self.name, map.size]);
// @ts-expect-error: an option nobody knows
app.task({ name: 'types.unknown-option', maxRetry: 5 }, (id: number) => id);
// @ts-expect-error: an option of the wrong type
app.task({ name: 'types.wrong-option', maxRetries: 'five' }, (id: number) => id);
// @ts-expect-error: classes, not their names
app.task({ name: 'types.names', autoretryFor: ['TypeError'] }, (id: number) => id);
// @ts-expect-error: a task has a name
app.task({ maxRetries: 5 }, (id: number) => id);
// @ts-expect-error: a task has a function
app.task('types.nothing');
// @ts-expect-error: a shared task takes what its function takes
shared.delay('5');
// @ts-expect-error: a Map is no argument of a shared task either
sharedTask('types.shared-map', (map: Map<string, number>) => map.size);

bound.delay(1);
// @ts-expect-error: self is not the caller's to give
bound.delay({}, 1);
