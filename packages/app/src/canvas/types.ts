import type { Group, Workflow } from './workflow.ts';

type List = readonly unknown[];

/** Some signature, whatever it takes and gives. */
// biome-ignore lint/suspicious/noExplicitAny: each of the three stands for every type, in both directions
export type AnyWorkflow = Workflow<any, any, any>;

/** What a signature gives, as it arrives: JSON has no undefined. */
export type ValueOf<W> = W extends { readonly gives?: infer Value } ? Arrives<Value> : never;

/** The optional member that carries the type adds undefined to it; a task that gives nothing has nothing else. */
type Arrives<Value> = 0 extends 1 & Value
  ? Value
  : [Exclude<Value, undefined>] extends [never]
    ? null
    : // biome-ignore lint/suspicious/noConfusingVoidType: what a function without return gives
      [Value] extends [void]
      ? null
      : Exclude<Value, undefined>;

/** The lists of arguments that may be put in front of what a signature has already: a union of tuples. */
export type OpenOf<W> = W extends { readonly takes?: infer Open } ? Exclude<Open, undefined> : never;

/** The kind of result that applying a signature answers. */
export type ResultOf<W> = W extends { readonly answers?: infer Result } ? Exclude<Result, undefined> : never;

/** The beginnings of a list of parameters. */
type Prefixes<Args extends List, Done extends List = []> = number extends Args['length']
  ? Done | [...Done, ...Args]
  : Args extends readonly [infer First, ...infer Rest]
    ? Done | Prefixes<Rest, [...Done, First]>
    : Args extends readonly [(infer First)?, ...infer Rest]
      ? Rest extends Args
        ? Done
        : Done | Prefixes<Rest, [...Done, First]>
      : Done;

/** What is left of a task's parameters when the last ones are given: each list that would make the call complete. */
export type Open<Args extends List, Given extends List> =
  Prefixes<Args> extends infer Front
    ? Front extends List
      ? [...Front, ...Given] extends Args
        ? Front
        : never
      : never
    : never;

/** Stands where a signature does not fit, and says why. */
export interface DoesNotFit<Given, Takes> {
  readonly 'this signature does not take what the one before it gives': {
    readonly given: Given;
    readonly takes: Takes;
  };
}

/** The signature itself where it takes `Given` as its next argument. */
export type Fits<W, Given> = [Given] extends OpenOf<W> ? W : DoesNotFit<Given, OpenOf<W>>;

/** Each step of a chain, held against the result of the one before. */
export type Fitting<Steps extends List> = Steps extends readonly [infer First, ...infer Rest]
  ? [First, ...After<Rest, ValueOf<First>>]
  : Steps;

type After<Steps extends List, Given> = Steps extends readonly [infer Next, ...infer Rest]
  ? [Fits<Next, Given>, ...After<Rest, ValueOf<Next>>]
  : [];

export type Last<Steps extends List> = Steps extends readonly [...List, infer End] ? End : never;

/** The results of a group, a member's in each place; those of a group within it stand in its place, one by one. */
export type Values<Members extends List> = number extends Members['length']
  ? ValuesOfOne<Members[number]>[]
  : Members extends readonly [infer First, ...infer Rest]
    ? [
        ...(First extends Group<infer Inner extends List, infer _> ? Inner : [ValueOf<First>]),
        ...Values<Rest>,
      ]
    : [];

type ValuesOfOne<Member> =
  Member extends Group<infer Inner extends List, infer _> ? Inner[number] : ValueOf<Member>;

/** What may be put in front of every member of a group. */
export type OpenOfAll<Members extends List> = number extends Members['length']
  ? OpenOf<Members[number]>
  : Members extends readonly [infer First, ...infer Rest]
    ? Rest extends readonly []
      ? OpenOf<First>
      : OpenOf<First> & OpenOfAll<Rest>
    : List;
