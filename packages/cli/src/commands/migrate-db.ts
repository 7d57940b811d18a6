import { Command } from 'commander';
import type { Globals } from '../globals.ts';
import { printJson } from '../output/texts.ts';

const HELP = `
Workers and clients do so by themselves when they start. Where they connect as a user who may not make tables, run this
first, as one who may:
  lovage migrate-db -A ./tasks.ts -b postgresql://owner@localhost/app`;

export function migrateDbCommand(): Command {
  return new Command('migrate-db')
    .description('Bring the tables of broker, result backend and periodic tasks up to date.')
    .optionsGroup('Output Options:')
    .option('--json', 'print a JSON list')
    .addHelpText('after', HELP)
    .action(async (_: unknown, self: Command) => {
      await migrateDb(self.optsWithGlobals<Globals & { readonly json?: boolean }>());
    });
}

async function migrateDb(options: Globals & { readonly json?: boolean }): Promise<void> {
  const { withApp } = await import('../with-app.ts');
  await withApp(options, async (app) => {
    const { drivers, periodic } = await app.drivers();
    // Elsewhere they have a file, or are in one of the others.
    const beat = app.conf.lovageBeatUrl === null ? undefined : (await periodic()).driver;
    const done = [];
    for (const { label, migrate } of new Set(beat ? [...drivers, beat] : drivers))
      done.push({ store: label, ...(await migrate?.()) });
    if (options.json) printJson(done);
    else for (const each of done) console.log(told(each));
  });
}

function told({
  store,
  from,
  to,
}: {
  readonly store: string;
  readonly from?: number;
  readonly to?: number;
}): string {
  if (to === undefined) return `${store}: there is nothing to do, it looks after itself.`;
  if (from === to) return `${store}: the tables are up to date (version ${to}).`;
  if (from === 0) return `${store}: made the tables (version ${to}).`;
  return `${store}: brought the tables from version ${from} to ${to}.`;
}
