/** Standard Schemas: callers give what the schema takes, the function gets what it makes. */
import type { Task } from '@lovage/app';
import { sharedTask } from '@lovage/app';
import { type } from 'arktype';
import * as v from 'valibot';
import * as z from 'zod';
import { app, same } from './app.ts';

const byZod = app.task(
  { name: 'types.schemas.zod', schema: z.tuple([z.string(), z.coerce.date()]) },
  (name, at) => {
    same<typeof name, string>();
    same<typeof at, Date>();
    return `${name}${at.getTime()}`;
  },
);
const plainZod = app.task(
  { name: 'types.schemas.plain', schema: z.tuple([z.number(), z.object({ tags: z.array(z.string()) })]) },
  (id, { tags }) => ({ id, tags }),
);
same<typeof plainZod, Task<[number, { tags: string[] }], { id: number; tags: string[] }>>();
const transformed = app.task(
  { name: 'types.schemas.transformed', schema: z.tuple([z.string().transform((text) => text.length)]) },
  (length) => length * 2,
);
same<typeof transformed, Task<[string], number>>();
const byValibot = app.task(
  { name: 'types.schemas.valibot', schema: v.tuple([v.string(), v.optional(v.number(), 5)]) },
  (name, count) => {
    same<typeof count, number>();
    return name.repeat(count);
  },
);
const byArktype = app.task(
  { name: 'types.schemas.arktype', schema: type(['string', 'number']) },
  (name, count) => name.repeat(count),
);
const bound = app.task(
  { name: 'types.schemas.bound', bind: true, schema: z.tuple([z.email()]) },
  (self, to) => {
    same<typeof to, string>();
    return self.request.id + to;
  },
);
same<typeof bound, Task<[string], string>>();
const shared = sharedTask({ name: 'types.schemas.shared', schema: z.tuple([z.number()]) }, (id) => id);

byZod.delay('ann', '2026-01-02');
plainZod.delay(1, { tags: ['a'] });
transformed.delay('four');
byValibot.delay('ann', undefined);
byValibot.delay('ann', 2);
byArktype.delay('ann', 2);
shared.delay(1);

// @ts-expect-error: a number where the schema takes a text
byZod.delay(5, '2026-01-02');
// @ts-expect-error: callers give what the schema takes, not what it makes
transformed.delay(4);
// @ts-expect-error: too few
plainZod.delay(1);
// @ts-expect-error: a member of the wrong type
plainZod.delay(1, { tags: [1] });
// @ts-expect-error: valibot's second is a number
byValibot.delay('ann', 'two');
// @ts-expect-error: arktype's second is a number
byArktype.delay('ann', 'two');
// @ts-expect-error: with bind too
bound.delay(5);
// @ts-expect-error: a shared task too
shared.delay('1');
// @ts-expect-error: the function must take what the schema makes
app.task({ name: 'types.schemas.mismatch', schema: z.tuple([z.string()]) }, (id: number) => id);
// @ts-expect-error: a schema is an object of a schema library
app.task({ name: 'types.schemas.no-schema', schema: { parse: () => [] } }, (id: number) => id);
