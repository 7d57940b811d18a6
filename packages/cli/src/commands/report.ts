import { Command } from 'commander';
import type { Globals } from '../globals.ts';

interface ReportOptions extends Globals {
  readonly json?: boolean;
}

export function reportCommand(): Command {
  return new Command('report')
    .description('Show what a bug report should say; secrets are hidden.')
    .option('--json', 'print a JSON object')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<ReportOptions>();
      const { withApp } = await import('../with-app.ts');
      const { report, reportText } = await import('../report.ts');
      const { printJson } = await import('../output/texts.ts');
      await withApp(options, async (app, { module }) => {
        const found = report(app, module?.file);
        if (options.json) printJson(found);
        else console.log(reportText(found));
      });
    });
}
