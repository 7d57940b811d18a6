import { Command } from 'commander';
import { jsonObject, list, seconds, wholeNumber } from '../arguments.ts';
import { queueRoutes } from '../migrate/routes.ts';
import type { MigrateOptions } from '../migrate/run.ts';

const HELP = `
Without --ack-messages the source is only looked at, and messages are on both sides afterwards. With it they are moved:
each is safe at the destination before it is taken away at the source. Headers, priorities and times are kept.
Without -Q these are the queues of the app, the quarantine and the dead letters.

Examples:
  lovage migrate sqlite:///old.db redis://localhost:6379/0 -a -A ./tasks.ts
  lovage migrate redis://old/0 redis://new/0 -a -Q mail,images:pictures -T shop.resize`;

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('Move or copy messages from one broker to another.')
    .argument('<source>', 'URL of the broker that has them')
    .argument('<destination>', 'URL of the broker that gets them')
    .optionsGroup('Migration Options:')
    .option('-n, --limit <n>', 'so many messages at most', wholeNumber(1))
    .option('-t, --timeout <seconds>', 'wait so long for more, once there are none', seconds, 1)
    .option('-a, --ack-messages', 'take them away at the source')
    .option('-T, --tasks <names>', 'only messages of these tasks, separated by commas', list)
    .option('-Q, --queues <names>', 'only these queues; old:new gives one another name', queueRoutes)
    .option('-F, --forever', 'go on with what comes in, until stopped; with --ack-messages')
    .option(
      '--source-options <json>',
      'transport options of the source, such as global_keyprefix',
      jsonObject,
      {},
    )
    .option('--destination-options <json>', 'transport options of the destination', jsonObject, {})
    .optionsGroup('Output Options:')
    .option('--json', 'print a JSON object at the end, and no progress')
    .addHelpText('after', HELP)
    .action(async (source: string, destination: string, _: unknown, self: Command) => {
      const { migrate } = await import('../migrate/run.ts');
      await migrate(source, destination, self.optsWithGlobals<MigrateOptions>());
    });
}
