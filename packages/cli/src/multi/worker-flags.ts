import { Command } from 'commander';
import { workerCommand } from '../commands/worker.ts';
import { addGlobals } from '../globals.ts';

/** An option of `lovage worker`, as far as passing it on needs. */
export interface WorkerFlag {
  /** Its long name, without dashes: tells two spellings of one option for the same. */
  readonly name: string;
  readonly takesValue: boolean;
}

/** Options that multi gives each worker itself, whatever the command line says. */
const OWN = new Set(['detach', 'hostname', 'version', 'help', 'executable']);

/** Every option that `lovage worker` takes, by each of its spellings: `-c`, `--concurrency`. */
export function workerFlags(): ReadonlyMap<string, WorkerFlag> {
  const globals = new Command();
  addGlobals(globals);
  const flags = new Map<string, WorkerFlag>();
  for (const option of [...globals.options, ...workerCommand().options]) {
    const flag = { name: option.name(), takesValue: option.required || option.optional };
    if (OWN.has(flag.name)) continue;
    for (const spelling of [option.short, option.long]) if (spelling) flags.set(spelling, flag);
  }
  // Celery's short form, for multi only.
  flags.set('-p', { name: 'pidfile', takesValue: true });
  return flags;
}
