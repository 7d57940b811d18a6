import type { Child, ChildUser } from './child.ts';

/** A child that is started before a slot needs it: starting one takes far longer than most jobs. */
export class Spare implements ChildUser {
  readonly #make: () => Child;
  #child: Child | undefined;
  #ready = false;

  constructor(make: () => Child) {
    this.#make = make;
  }

  /** Unless there is one. */
  start(): void {
    if (this.#child) return;
    try {
      this.#child = this.#make();
    } catch {
      // No memory for another process: whoever needs one will hear of it.
      return;
    }
    this.#child.serve(this);
  }

  /** It may still be starting. */
  take(): Child | undefined {
    const child = this.#child;
    this.#child = undefined;
    this.#ready = false;
    return child;
  }

  close(): void {
    if (this.#ready) this.#child?.end();
    else this.#child?.kill();
    this.take();
  }

  onReady(): void {
    this.#ready = true;
  }

  onReport(): void {}

  onOutcome(): void {}

  onLost(): void {
    this.take();
  }
}
