import type { TaskSelf } from '../execution/self.ts';
import type { NamedTaskOptions } from './options.ts';
import type { MustBeSendable } from './sendable.ts';
import type { SharedTask } from './shared.ts';
import type { SchemaInput, SchemaOutput, StandardSchema } from './standard-schema.ts';
import type { Task } from './task.ts';

type List = readonly unknown[];
type AsList<T> = T extends List ? T : never;

/** Options of a task that wants `self` in front of its arguments. */
type Bound = NamedTaskOptions & { readonly bind: true };
type Unbound = NamedTaskOptions & { readonly bind?: false };
type WithSchema<S extends StandardSchema> = { readonly schema: S };

type ArgsAfterSelf<Fn extends (self: TaskSelf, ...args: never) => unknown> =
  Parameters<Fn> extends readonly []
    ? []
    : Parameters<Fn> extends readonly [unknown?, ...infer Args]
      ? Args
      : never;

/** What defining gives: a task of an app, or a shared one. */
export interface Kinds<Args extends List, Value> {
  readonly own: Task<Args, Value>;
  readonly shared: SharedTask<Args, Value>;
}

/**
 * The ways to define a task. Arguments and result are read off the function; with a schema, callers give what the
 * schema takes and the function gets what it makes.
 */
interface Define<Kind extends keyof Kinds<List, unknown>> {
  <S extends StandardSchema, Value>(
    options: Bound & WithSchema<S>,
    fn: (self: TaskSelf, ...args: AsList<SchemaOutput<S>>) => Value,
  ): Kinds<AsList<SchemaInput<S>>, Awaited<Value>>[Kind];
  <S extends StandardSchema, Value>(
    options: Unbound & WithSchema<S>,
    fn: (...args: AsList<SchemaOutput<S>>) => Value,
  ): Kinds<AsList<SchemaInput<S>>, Awaited<Value>>[Kind];
  <Fn extends (self: TaskSelf, ...args: never) => unknown>(
    options: Bound & { readonly schema?: never },
    fn: Fn & MustBeSendable<ArgsAfterSelf<Fn>>,
  ): Kinds<ArgsAfterSelf<Fn>, Awaited<ReturnType<Fn>>>[Kind];
  <Fn extends (...args: never) => unknown>(
    nameOrOptions: string | (Unbound & { readonly schema?: never }),
    fn: Fn & MustBeSendable<Parameters<Fn>>,
  ): Kinds<Parameters<Fn>, Awaited<ReturnType<Fn>>>[Kind];
}

export type DefineTask = Define<'own'>;
export type DefineSharedTask = Define<'shared'>;
