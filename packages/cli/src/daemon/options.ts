import { type Command, InvalidArgumentError } from 'commander';

/** Options of commands that may run in the background. */
export function addDaemonOptions(command: Command, logfile: string): Command {
  return command
    .optionsGroup('Daemonization Options:')
    .option('-D, --detach', 'run in the background; ends once it runs')
    .option('-f, --logfile <path>', logfile)
    .option('--pidfile <path>', 'write the process id there; refuse to start when it names a living process')
    .option('--uid <user>', 'run as this user, in its groups')
    .option('--gid <group>', 'run in this group')
    .option('--umask <mask>', 'mask of the files it makes, in octal', umask)
    .option('--executable <path>', 'node that runs it in the background');
}

/** A file mode mask in octal, such as 022. */
function umask(text: string): number {
  if (/^0?[0-7]{1,3}$/.test(text)) return Number.parseInt(text, 8);
  throw new InvalidArgumentError("it must be an octal mask, such as '022'");
}
