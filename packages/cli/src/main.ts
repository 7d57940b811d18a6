import { CommanderError } from 'commander';
import { Aborted, CommandError, EXIT, UsageError } from './exit.ts';
import { paintError } from './output/paint.ts';
import { buildProgram } from './program.ts';
import { faultOf } from './usage-fault.ts';

/**
 * Runs `lovage <argv>` and answers its exit code. Prints results on stdout and complaints on stderr.
 * The caller ends the process: a user's module may keep it alive for ever.
 */
export async function main(argv: readonly string[]): Promise<number> {
  // Before anything is printed, and for the children of a prefork pool too.
  if (argv.includes('--no-color') || argv.includes('-C')) process.env['NO_COLOR'] = '1';
  // `lovage … | head` has seen enough: that is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(EXIT.ok);
  });
  const program = buildProgram();
  if (argv.length === 0) {
    program.outputHelp();
    return EXIT.ok;
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
    return Number(process.exitCode ?? EXIT.ok);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    // A command of two words without the second: its help is already on stderr.
    if (error instanceof CommanderError && error.code === 'commander.help') return EXIT.usage;
    if (error instanceof CommanderError || error instanceof UsageError) {
      console.error(faultOf(error, argv, program));
      return EXIT.usage;
    }
    const { text, exitCode } = await explain(error);
    console.error(error instanceof Aborted ? text : `${paintError('red', 'Error')}: ${text}`);
    return exitCode;
  }
}

/** What is foreseen is a sentence; a bug is a stack. */
async function explain(error: unknown): Promise<{ text: string; exitCode: number }> {
  if (error instanceof CommandError) return { text: error.message, exitCode: error.exitCode };
  const { explainAppError } = await import('./app-errors.ts');
  return explainAppError(error);
}
