/** Error callbacks: what they are given, and what of their own is fixed when they are linked. */
import type { Errback, FailedRequest, TaskError } from '@lovage/app';
import { chain, chord, group } from '@lovage/app';
import { app, type Money, same } from './app.ts';

const text = app.task('types.errbacks.text', (n: number) => String(n));
const greet = app.task('types.errbacks.greet', (name: string) => `hello ${name}`);

const alert = app.errback(
  'types.errbacks.alert',
  async (request, error, traceback, channel: string, level = 1) => {
    same<typeof request, FailedRequest>();
    same<typeof error, TaskError>();
    same<typeof traceback, string | null>();
    same<typeof channel, string>();
    return level;
  },
);
same<typeof alert, Errback<[channel: string, level?: number]>>();

const plain = app.errback('types.errbacks.plain', (request) => request.task);
same<typeof plain, Errback<[]>>();
const none = app.errback({ name: 'types.errbacks.none', maxRetries: null }, () => {});
same<typeof none, Errback<[]>>();
const rest = app.errback(
  'types.errbacks.rest',
  (_request, _error, _traceback, ...more: number[]) => more.length,
);
const bound = app.errback(
  { name: 'types.errbacks.bound', bind: true },
  (self, request, error, _traceback, channel: string) => {
    self.retry({ exc: error });
    return `${channel} ${request.retries}`;
  },
);
same<typeof bound, Errback<[channel: string]>>();

// Linked to anything that can fail.
await text.s(1).linkError(alert.s('#ops')).delay();
await text
  .s(1)
  .linkError(alert.s('#ops', 2).set({ queue: 'alerts' }).linkError(plain.s()))
  .delay();
await text.applyAsync([1], { linkError: [plain.s(), rest.s(1, 2, 3), bound.s('#ops')] });
await chain(text.s(1), greet.s()).linkError(alert.s('#ops')).delay();
await group(text.s(1), text.s(2)).linkError(none.s()).delay();
await chord([text.s(1)], app.task('types.errbacks.join', (all: string[]) => all.join()).s())
  .linkError(alert.s('#ops'))
  .delay();
await text
  .s(1)
  .linkError(alert.signature(['#ops'], { countdown: 5 }))
  .delay();

// @ts-expect-error: it wants a channel
alert.s();
// @ts-expect-error: which is a text
alert.s(5);
// @ts-expect-error: and a number after it
alert.s('#ops', '2');
// @ts-expect-error: three are too many
alert.s('#ops', 2, 3);
// @ts-expect-error: it takes nothing of its own
plain.s('#ops');
// @ts-expect-error: numbers only
rest.s('1');
// @ts-expect-error: self is not given
bound.s({}, '#ops');
// @ts-expect-error: it wants a channel here too
alert.signature([]);
// @ts-expect-error: it is no step of a workflow
chain(text.s(1), alert.s('#ops'));
// @ts-expect-error: nor a member of a group
group(alert.s('#ops'));
// @ts-expect-error: nobody calls it but a failure
await alert.delay('#ops');
// @ts-expect-error: nor its signature
await alert.s('#ops').delay();
// @ts-expect-error: the first is the request
app.errback('types.errbacks.wrong', (id: string) => id);
// @ts-expect-error: the third may be null
app.errback('types.errbacks.wrong', (_request, _error, traceback: string) => traceback.length);
// @ts-expect-error: an argument that JSON cannot carry
app.errback('types.errbacks.wrong', (_request, _error, _traceback, price: Money) => price.plus(price));
// @ts-expect-error: an option that there is not
app.errback({ name: 'types.errbacks.wrong', maxRetry: 3 }, () => {});
