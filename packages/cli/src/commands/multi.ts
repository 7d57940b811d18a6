import { Command } from 'commander';

const HELP = `
Commands:
  start     start the nodes in the background, one after another
  stop      tell the nodes to end: -TERM, or another signal, as in \`stop 3 -QUIT\`
  stopwait  stop, and wait until they have ended
  restart   stop them and start each again; give the same options as to start
  kill      end them at once
  show      the commands that start would run
  get       the arguments of one node, as in \`get w1@host 3 -c 4\`
  names     the names of the nodes
  expand    a template for each node, as in \`expand /var/log/%n.log 3\`
  help      this help

Nodes:
  Names (w1 w2@other.host), or how many (3: celery1, celery2, celery3).
  Every option of \`lovage worker\` is passed on. Some nodes are given others by name or place:
  -c:w1 10, -Q:1-3 images,video, --loglevel:w1,w2=DEBUG.

Multi Options:
  -n, --hostname <host>   host of nodes that name none
  --prefix <text>         before each name
  --range-prefix <text>   instead of celery, where nodes are counted
  --suffix <host>         as --hostname
  --pidfile <path>        one for each node; %n name, %h host, %p both
                          (default: ~/.local/state/lovage/run/%n.pid; for root /var/run/lovage/%n.pid)
  --logfile <path>        one for each node, with %I for each of its children
                          (default: ~/.local/state/lovage/log/%n%I.log; for root /var/log/lovage/%n%I.log)
  --nosplash, --quiet     say less
  --verbose               show the commands as well
  --                      what follows is passed on as it is

Examples:
  lovage multi start 3 -A ./tasks.ts -c 3
  lovage multi start image video data -A ./tasks.ts -c 3 -c:image 10 -Q:video video
  lovage multi restart 3 -A ./tasks.ts -c 3
  lovage multi stopwait 3`;

export function multiCommand(): Command {
  const command = new Command('multi')
    .description('Start, stop and restart workers in the background.')
    .usage('<command> <nodes...> [worker options]')
    .argument('[words...]')
    .allowUnknownOption()
    .allowExcessArguments()
    .addHelpText('after', HELP)
    .action(async () => {
      const argv = wordsOfMulti(process.argv.slice(2));
      if (argv[0] === 'help') return command.outputHelp();
      const { runMulti } = await import('../multi/run.ts');
      process.exitCode = await runMulti(argv);
    });
  return command;
}

/** As they were typed: `-c:w1 3` is nothing that commander reads. Global options may stand before the name of the command. */
function wordsOfMulti(argv: readonly string[]): readonly string[] {
  const at = argv.indexOf('multi');
  return [...argv.slice(at + 1), ...argv.slice(0, at)];
}
