import { paint } from '../output/paint.ts';
import { plainLine } from '../output/plain.ts';
import { table } from '../output/table.ts';
import { type RemoteCommand, usageOf } from './remote-command.ts';

/** The commands with their arguments and what they do. */
export function listText(commands: readonly RemoteCommand[]): string {
  return table(
    [{ title: 'Command' }, { title: 'What it does' }],
    commands.map((each) => [paint('green', plainLine(usageOf(each))), plainLine(each.about)]),
  );
}
