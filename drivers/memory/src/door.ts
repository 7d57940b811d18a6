import { DriverError } from '@lovage/contracts';

/** Whether a role may still be used. */
export class Door {
  readonly #what: string;
  #open = true;

  /** @param what names the role in errors: 'this memory broker' */
  constructor(what: string) {
    this.#what = what;
  }

  /** @throws DriverError 'closed' after `shut` */
  assertOpen(): void {
    if (!this.#open) throw new DriverError('closed', `${this.#what} is closed`);
  }

  shut(): void {
    this.#open = false;
  }
}
