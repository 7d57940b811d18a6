/** Results: what a task returns is what its callers get. */
import type { TaskError } from '@lovage/app';
import { app, same } from './app.ts';

const add = app.task('types.results.add', (x: number, y: number) => x + y);
const find = app.task('types.results.find', async (id: number) =>
  id > 0 ? { id, name: 'ann', since: new Date() } : null,
);
const none = app.task('types.results.none', async () => {});

const sum = await (await add.delay(1, 2)).get();
same<typeof sum, number>();
const found = await (await find.delay(1)).get({ timeout: 5 });
same<typeof found, { id: number; name: string; since: Date } | null>();
const nothing = await (await none.delay()).get();
same<typeof nothing, void>();
const either = await (await add.delay(1, 2)).get({ propagate: false });
same<typeof either, number | TaskError>();
for await (const update of (await add.delay(1, 2)).updates())
  same<typeof update.result, number | undefined>();
const [first] = await app.bulk([add.s(1, 2)]);
same<typeof first, Awaited<ReturnType<typeof app.bulk>>[number] | undefined>();
const elsewhere = await (await app.sendTask<string[]>('python.task', { args: [1] })).get();
same<typeof elsewhere, string[]>();
const known = await app.asyncResult<number>('id').get();
same<typeof known, number>();

// @ts-expect-error: a number has no letters
sum.toUpperCase();
// @ts-expect-error: the result may be null
found.name;
// @ts-expect-error: it must be waited for
(await add.delay(1, 2)).get().toFixed();
// @ts-expect-error: a call is not its result
(await add.delay(1, 2)).toFixed();
// @ts-expect-error: the call itself must be awaited
add.delay(1, 2).get();
// @ts-expect-error: nothing comes of it
nothing.length;
// @ts-expect-error: without propagate it may be an error
either.toFixed();
// @ts-expect-error: what a task elsewhere gives is not known
(await (await app.sendTask('python.task')).get()).length;
// @ts-expect-error: a result of one type is not one of another
const text: string = await (await add.delay(1, 2)).get();
// @ts-expect-error: an option nobody knows
(await add.delay(1, 2)).get({ timeOut: 5 });
// @ts-expect-error: a number of seconds
(await add.delay(1, 2)).get({ timeout: '5s' });

console.log(text);
