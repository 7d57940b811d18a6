import { App } from '@lovage/app';

/** The app that the type tests define their tasks on. Nothing here ever runs. */
export const app = new App('types');

/** Compiles only when both types are one and the same. */
export function same<Left, Right>(
  ..._proof: (<T>() => T extends Left ? 1 : 2) extends <T>() => T extends Right ? 1 : 2 ? [] : [never]
): void {}

/** A class whose instances JSON cannot carry: it has a method. */
export class Money {
  readonly cents: number;
  constructor(cents: number) {
    this.cents = cents;
  }
  plus(other: Money): Money {
    return new Money(this.cents + other.cents);
  }
}
