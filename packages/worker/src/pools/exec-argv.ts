/** Flags that belong to the parent's own run: its code, its tests, its debugger's port. */
const OWN =
  /^(-e|-p|-pe|-c|-i|--eval|--print|--check|--interactive|--input-type|--inspect|--test|--experimental-test|--watch)/;

/**
 * Node's own flags for a child: those of this process (`--conditions=…`, `--import …`, memory limits),
 * except those that would make it another program.
 */
export function childExecArgv(execArgv: readonly string[] = process.execArgv): string[] {
  const kept: string[] = [];
  let dropping = false;
  for (const each of execArgv) {
    // What does not start with a dash is the value of the flag before it.
    if (each.startsWith('-')) dropping = OWN.test(each);
    if (!dropping) kept.push(each);
  }
  return kept;
}
