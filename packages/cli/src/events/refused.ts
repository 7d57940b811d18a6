import { type Command, Option } from 'commander';
import { UsageError } from '../exit.ts';

const CAMERAS =
  'a camera is a Python class that is handed snapshots: pipe `lovage events --json` to a program, or use app.events.receiver';
const DAEMON = 'it stays in the foreground: let systemd, a container or `nohup … &` keep it running';

/** Options of Celery's command that make no sense here, and what to do instead. */
const REFUSED: readonly (readonly [flags: string, instead: string])[] = [
  ['-c, --camera <class>', CAMERAS],
  ['-r, --maxrate <rate>', `it limits a camera, and ${CAMERAS}`],
  ['--detach', DAEMON],
  ['--pidfile <path>', DAEMON],
  ['-f, --logfile <path>', 'redirect its output'],
  ['-l, --loglevel <level>', 'it logs nothing but trouble'],
  ['--uid <user>', DAEMON],
  ['--gid <group>', DAEMON],
  ['--umask <mask>', DAEMON],
  ['--executable <path>', DAEMON],
];

/** Refuse each of them by name: an option that is taken and ignored would be a lie. */
export function refuseCameras(command: Command): void {
  for (const [flags, instead] of REFUSED) {
    const option = new Option(flags).hideHelp();
    command.addOption(option);
    command.on(`option:${option.name()}`, () => {
      throw new UsageError(`lovage events has no ${option.long}: ${instead}.`);
    });
  }
}
