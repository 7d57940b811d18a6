import { readFile, writeFile } from 'node:fs/promises';
import { CommandError, EXIT } from '../exit.ts';
import type { Globals } from '../globals.ts';
import { paintError } from '../output/paint.ts';
import { pairs } from '../output/table.ts';
import { counted, printJson } from '../output/texts.ts';
import { assignmentsOf } from './assignments.ts';
import { settingsModule } from './module.ts';
import { type Upgraded, upgraded } from './rename.ts';

export interface UpgradeOptions extends Globals {
  readonly output?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Larger than any settings a person wrote. */
const MOST_BYTES = 4 * 1024 * 1024;

/** `lovage upgrade settings`: the module on stdout or in a file, what became of each setting on stderr. */
export async function upgradeSettings(file: string, options: UpgradeOptions): Promise<void> {
  const settings = upgraded(assignmentsOf(await read(file)));
  if (options.json) return printJson(document(settings));
  if (settings.length === 0) throw new CommandError(`${file} has no settings of Celery.`);
  const module = settingsModule(file, settings);
  if (options.output === undefined) process.stdout.write(module);
  else await write(options.output, module, options.force ?? false);
  if (!options.quiet) console.error(report(settings, options.output));
}

async function read(file: string): Promise<string> {
  try {
    const bytes = await readFile(file);
    if (bytes.length <= MOST_BYTES) return bytes.toString('utf8');
  } catch (error) {
    throw new CommandError(`Cannot read ${file}: ${(error as Error).message}`);
  }
  throw new CommandError(`${file} is larger than ${MOST_BYTES} bytes: that is no file of settings.`);
}

async function write(file: string, text: string, force: boolean): Promise<void> {
  try {
    await writeFile(file, text, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why =
      code === 'EEXIST' ? `${file} is there already: --force writes over it` : `Cannot write: ${message}`;
    throw new CommandError(`${why}.`, EXIT.cannotCreate);
  }
}

/** For programs. */
function document(settings: readonly Upgraded[]): Record<string, unknown> {
  const taken = settings.filter(({ outcome }) => outcome === 'taken');
  return {
    settings: Object.fromEntries(taken.map(({ setting, value }) => [setting, value])),
    report: settings.map(({ name, line, setting, outcome, note }) => ({
      name,
      line,
      setting: setting ?? null,
      outcome,
      note,
    })),
  };
}

function report(settings: readonly Upgraded[], output: string | undefined): string {
  const taken = settings.filter(({ outcome }) => outcome === 'taken').length;
  const left = settings.length - taken;
  const where = output === undefined ? '' : ` in ${output}`;
  const rest = left === 0 ? '' : `, ${left} left out, with a comment`;
  return `\n${pairs(settings.map(row))}\n\n${counted(taken, 'setting')} taken over${where}${rest}.`;
}

function row({ name, line, setting, outcome, note }: Upgraded): readonly [string, string] {
  const what = outcome === 'taken' ? paintError('green', setting ?? '') : paintError('yellow', note);
  return [`${line}: ${name}`, what];
}
