import { paint } from '../output/paint.ts';
import { readAnswer } from './answer.ts';
import { textLines } from './plain-value.ts';

/** How the value of an answer is shown to people: without indentation. */
export type ShowValue = (value: unknown, nowMs: number) => readonly string[];

/** One node's answer in Celery's form: a headline, and what it said below. */
export function answerText(node: string, answer: unknown, show: ShowValue, nowMs: number): string {
  const read = readAnswer(answer);
  const failed = read.kind === 'error';
  const status = failed ? paint(['red', 'bold'], 'ERROR') : paint(['green', 'bold'], 'OK');
  const headline = `->  ${paint(['cyan', 'bold'], `${textLines(node).join(' ')}:`)} ${status}`;
  // Celery's depth for what is said, and for what is shown.
  const body = read.kind === 'value' ? indent(show(read.value, nowMs), 4) : indent(textLines(read.said), 8);
  return [headline, ...body].join('\n');
}

function indent(lines: readonly string[], by: number): readonly string[] {
  return lines.map((line) => (line === '' ? '' : ' '.repeat(by) + line));
}
