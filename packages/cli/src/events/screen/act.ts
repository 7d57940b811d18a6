import type { App } from '@lovage/app';
import { textLine } from '../../control/plain-value.ts';
import type { Action } from './press.ts';

type Remote = Exclude<Action, { kind: 'quit' | 'clear' }>;

/** Does what a key asks of the workers, and answers what to tell of it. Never fails: the screen goes on. */
export async function act(app: App, action: Remote): Promise<string> {
  try {
    const replies = await send(app, action);
    if (replies.length === 0) return 'No worker answered.';
    return replies
      .flatMap((reply) => Object.entries(reply).map(([node, answer]) => said(node, answer)))
      .join('; ');
  } catch (error) {
    return textLine(error instanceof Error ? error.message : String(error));
  }
}

function send({ control }: App, action: Remote) {
  if (action.kind === 'enable-events') return control.enableEvents({ reply: true });
  if (action.kind === 'revoke') return control.revoke(action.task.uuid, { reply: true });
  return control.terminate(action.task.uuid, { reply: true });
}

function said(node: string, answer: unknown): string {
  const [text] = typeof answer === 'object' && answer !== null ? Object.values(answer) : [answer];
  return textLine(`${node}: ${String(text)}`);
}
