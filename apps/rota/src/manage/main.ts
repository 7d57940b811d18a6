import { BackupFailed } from '@lovage/backup';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { app } from '../app.ts';
import { closeDatabase, database } from '../database/index.ts';
import { seed } from '../database/seed.ts';
import { PHASES, type Phase, runPhase } from '../rota/phases.ts';
import { Refused } from '../services/refused.ts';
import { backupNow, cleanupNow, restoreNow } from './backups.ts';
import { type CeleryFlags, runCelery } from './run-celery.ts';

/** Runs one command of rota's and answers its exit code: 0, 1 where it failed, 2 for a wrong command line. */
export async function main(argv: readonly string[]): Promise<number> {
  let code = 0;
  const command = program((ended) => {
    code = ended;
  });
  try {
    await command.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const foreseen = error instanceof BackupFailed || error instanceof Refused;
    console.error(`Error: ${foreseen ? error.message : (error as Error).stack}`);
    return 1;
  } finally {
    await app.close();
    await closeDatabase();
  }
}

function program(endWith: (code: number) => void): Command {
  const manage = new Command('manage').description('Rota at the command line').exitOverride();
  manage
    .command('run_celery')
    .description('start a worker')
    .option('-l, --loglevel <level>', 'debug, info, warn or error; default: by NODE_ENV')
    .option('-c, --concurrency <n>', 'tasks at once; default: the number of CPUs', whole)
    .option('-P, --pool <kind>', 'prefork, threads, async or solo', 'prefork')
    .option('-Q, --queue <names>', 'queues to consume, separated by commas', 'celery')
    .option('--purge', 'erase what waits first')
    .option('-B, --beat', 'send what is scheduled, beside the worker')
    .action(async (flags: CeleryFlags) => endWith(await runCelery(flags)));
  manage
    .command('generate-rota')
    .description('run one phase of a rota, or all, here and now')
    .requiredOption('--rota <id>', 'which', whole)
    .addOption(new Option('--phase <name>', 'one alone').choices(PHASES))
    .action(async ({ rota, phase }: { rota: number; phase?: Phase }) => {
      for (const each of phase ? [phase] : PHASES) {
        const { shifts } = await runPhase(await database(), rota, each);
        console.log(`${each}: ${shifts} shifts`);
      }
    });
  manage
    .command('migrate')
    .description('bring the tables up to date')
    .action(async () => void (await database()));
  manage
    .command('seed')
    .description('a small hospital, where there is none')
    .action(async () => console.log((await seed()) ? 'seeded' : 'there is one already'));
  manage
    .command('pg_dump_backup')
    .description('back up the database, here and now')
    .option('--json', 'as JSON too, without passwords')
    .action(backupNow);
  manage
    .command('cleanup_old_backups')
    .description('delete the backups that are in no tier')
    .option('--retention_months <n>', 'instead: those that are older', whole)
    .option('--dry_run', 'say what would go')
    .action(cleanupNow);
  manage
    .command('restore_backup <file>')
    .description('put a backup into the database, all of it or nothing')
    .option('--overwrite', 'replace what is there')
    .action(restoreNow);
  return manage;
}

function whole(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(text);
}
