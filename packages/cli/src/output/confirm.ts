import { createInterface } from 'node:readline/promises';

/** True for yes. Anything else, or the end of the input, is no. */
export async function confirm(question: string): Promise<boolean> {
  const asking = createInterface({ input: process.stdin, output: process.stdout });
  const silence = new Promise<string>((resolve) => asking.once('close', () => resolve('')));
  const answer = await Promise.race([asking.question(question), silence]);
  asking.close();
  return /^y(es)?$/i.test(answer.trim());
}
