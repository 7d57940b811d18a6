import type { App } from '@lovage/app';

type Arguments = Readonly<Record<string, unknown>>;
type Asking = Parameters<App['control']['broadcast']>[1] & object;

/**
 * Sends a request that waits for answers. What revokes goes the way of the app's own methods, which also have the
 * broker remember it for workers that are not there now; all else is broadcast as it is.
 */
export async function send(app: App, method: string, args: Arguments, options: Asking): Promise<void> {
  const { control } = app;
  switch (method) {
    case 'revoke':
      await control.revoke(texts(args['task_id']), options);
      return;
    case 'terminate':
      await control.terminate(texts(args['task_id']), { ...options, signal: String(args['signal']) });
      return;
    case 'revoke_by_stamped_headers':
      await control.revokeByStampedHeaders(stampsOf(texts(args['headers'])), options);
      return;
    default:
      await control.broadcast(method, { ...options, arguments: args });
  }
}

/** `a=1`, `a=2`, `b=3` as `{ a: ['1', '2'], b: ['3'] }`. */
export function stampsOf(words: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const stamps = new Map<string, string[]>();
  for (const word of words) {
    const at = word.indexOf('=');
    const header = word.slice(0, at);
    stamps.set(header, [...(stamps.get(header) ?? []), word.slice(at + 1)]);
  }
  return Object.fromEntries(stamps);
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
