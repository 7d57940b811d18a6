const CREDENTIALS = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s/?#@:]*:)[^\s/?#]*(?=@)/gi;
const SECRET_NAME = /password|passwd|secret|token|api_?key|authorization|credential/i;

/** The text with the password of every URL in it hidden. */
export function maskUrls(text: string): string {
  return text.includes('://') ? text.replace(CREDENTIALS, '$1**') : text;
}

/** The value of a field as it may be shown: hidden when its name says it is a secret. */
export function maskField(name: string, value: unknown): unknown {
  if (SECRET_NAME.test(name)) return value === null || value === undefined ? value : '**';
  return typeof value === 'string' ? maskUrls(value) : value;
}
