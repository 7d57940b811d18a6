import type { FailedRequest } from '@lovage/protocol';
import type { TaskSelf } from '../execution/self.ts';
import type { TaskError } from '../result/task-error.ts';
import type { NamedTaskOptions } from '../task/options.ts';
import type { MustBeSendable } from '../task/sendable.ts';
import type { Errback } from './errback.ts';

type List = readonly unknown[];

/** The parameters after the first three, which are the failure. */
type OwnOf<All extends List> = All extends readonly [unknown, unknown, unknown, ...infer Own] ? Own : [];
type AfterSelf<All extends List> = All extends readonly [unknown, ...infer Rest] ? Rest : [];

type Bound = NamedTaskOptions & { readonly bind: true };
type Unbound = NamedTaskOptions & { readonly bind?: false };

/** The ways to define an error callback: what it takes beside the failure is read off the function. */
export interface DefineErrback {
  <
    Fn extends (
      self: TaskSelf,
      request: FailedRequest,
      error: TaskError,
      traceback: string | null,
      ...own: never[]
    ) => unknown,
  >(
    options: Bound,
    fn: Fn & MustBeSendable<OwnOf<AfterSelf<Parameters<Fn>>>>,
  ): Errback<OwnOf<AfterSelf<Parameters<Fn>>>>;
  <
    Fn extends (
      request: FailedRequest,
      error: TaskError,
      traceback: string | null,
      ...own: never[]
    ) => unknown,
  >(
    nameOrOptions: string | Unbound,
    fn: Fn & MustBeSendable<OwnOf<Parameters<Fn>>>,
  ): Errback<OwnOf<Parameters<Fn>>>;
}
