import { dirname, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this package's code, `src` or `dist/src`. */
const OWN_FOLDER = dirname(dirname(fileURLToPath(import.meta.url))) + sep;
/** A package that re-exports `App` may define tasks through its own code; that is not where the user is either. */
const LOCATION = /\(?((?:file:\/\/|\/|[A-Za-z]:\\)[^()]*?):\d+:\d+\)?$/;

/** The file outside of this package that called into it, for messages; 'an unknown file' when the stack hides it. */
export function callerFile(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 30;
  const { stack = '' } = new Error('where');
  Error.stackTraceLimit = limit;
  for (const line of stack.split('\n').slice(1)) {
    const location = LOCATION.exec(line)?.[1];
    if (!location) continue;
    const file = location.startsWith('file://') ? fileURLToPath(location) : location;
    if (!file.startsWith(OWN_FOLDER)) return file;
  }
  return 'an unknown file';
}
