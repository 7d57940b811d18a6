import { Command, Option } from 'commander';
import { beatCommand } from './commands/beat.ts';
import { callCommand } from './commands/call.ts';
import { controlCommand } from './commands/control.ts';
import { deadLettersCommand } from './commands/dead-letters.ts';
import { devCommand } from './commands/dev.ts';
import { eventsCommand } from './commands/events.ts';
import { graphCommand } from './commands/graph.ts';
import { inspectCommand } from './commands/inspect.ts';
import { listCommand } from './commands/list.ts';
import { logtoolCommand } from './commands/logtool.ts';
import { migrateCommand } from './commands/migrate.ts';
import { migrateDbCommand } from './commands/migrate-db.ts';
import { multiCommand } from './commands/multi.ts';
import { purgeCommand } from './commands/purge.ts';
import { quarantineCommand } from './commands/quarantine.ts';
import { reportCommand } from './commands/report.ts';
import { resultCommand } from './commands/result.ts';
import { scheduleCommand } from './commands/schedule.ts';
import { shellCommand } from './commands/shell.ts';
import { statusCommand } from './commands/status.ts';
import { upgradeCommand } from './commands/upgrade.ts';
import { workerCommand } from './commands/worker.ts';
import { addGlobals } from './globals.ts';
import { paint } from './output/paint.ts';
import { version } from './version.ts';

const EXAMPLES = `
Examples:
  lovage worker -A ./tasks.ts -c 4 -l info
  lovage call shop.add -a '[2, 3]' -A ./tasks.ts
  lovage list queues -b redis://localhost:6379/0`;

/**
 * The whole command line. Commands are declared here and load what they run on (the app, drivers, the worker)
 * only once they run, so that `--help` answers at once.
 */
export function buildProgram(): Command {
  const program = new Command('lovage')
    .description('Distributed tasks for TypeScript, on the wire of Celery.')
    .usage('[options] <command> [arguments]')
    .version(version(), '--version', 'show the version')
    .helpCommand('help [command]', 'Show help for a command.')
    .addHelpText('after', EXAMPLES);
  program.configureHelp({
    sortSubcommands: true,
    showGlobalOptions: true,
    subcommandTerm: (command) => command.name(),
    styleTitle: (text) => paint('bold', text),
    styleSubcommandText: (text) => paint('green', text),
    styleOptionTerm: (text) => paint('cyan', text),
  });
  addGlobals(program);
  const commands = [
    workerCommand(),
    beatCommand(),
    multiCommand(),
    scheduleCommand(),
    devCommand(),
    callCommand(),
    resultCommand(),
    purgeCommand(),
    listCommand(),
    quarantineCommand(),
    deadLettersCommand(),
    reportCommand(),
    migrateCommand(),
    migrateDbCommand(),
    shellCommand(),
    graphCommand(),
    logtoolCommand(),
    upgradeCommand(),
    inspectCommand(),
    controlCommand(),
    statusCommand(),
    eventsCommand(),
  ];
  for (const command of commands) program.addCommand(command);
  for (const command of everyCommand(program)) {
    // `copyInheritedSettings` does not reach commands made on their own.
    if (command !== program) command.copyInheritedSettings(command.parent ?? program);
    command.exitOverride().configureOutput({ outputError: () => {} });
    command.addHelpOption(new Option('-h, --help', 'show help').helpGroup('Options:'));
  }
  return program;
}

function everyCommand(root: Command): Command[] {
  return [root, ...root.commands.flatMap(everyCommand)];
}
