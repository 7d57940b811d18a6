import { LovageError } from '@lovage/app';
import { nearest } from '@lovage/contracts/kit';

/** There is no entry of that name. */
export class PeriodicTaskUnknown extends LovageError {
  override readonly name = 'PeriodicTaskUnknown';
  constructor(entry: string, known: Iterable<string>) {
    const near = nearest(entry, known);
    super(`there is no periodic task '${entry}'${near ? `; did you mean '${near}'?` : ''}`);
  }
}

/** There is one of that name already. */
export class PeriodicTaskExists extends LovageError {
  override readonly name = 'PeriodicTaskExists';
  constructor(entry: string) {
    super(`there is a periodic task '${entry}' already: update it, or take another name`);
  }
}

/** Somebody else changed it since it was read. Nothing was changed. */
export class PeriodicTaskChanged extends LovageError {
  override readonly name = 'PeriodicTaskChanged';
  constructor(entry: string) {
    super(`the periodic task '${entry}' was changed by somebody else meanwhile: look at it, and try again`);
  }
}
