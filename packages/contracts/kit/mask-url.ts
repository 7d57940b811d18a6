/** What stands where a password was, as in Celery's own reports. */
const MASK = '**';
const SECRET_PARAMETER = /([?&;][^=&;#]*(?:pass|pwd|secret|token|credential|api_?key)[^=&;#]*=)[^&;#]+/gi;

/**
 * A URL, or a list of them separated by ';', fit for logs: passwords hidden, in front of the host and in query
 * parameters. Takes anything and hides too much rather than too little where it cannot be read.
 */
export function maskUrl(url: string): string {
  return url
    .split(/;(?=[a-z][a-z0-9+.-]*:\/\/)/i)
    .map((part) => maskUserinfo(part).replace(SECRET_PARAMETER, `$1${MASK}`))
    .join(';');
}

function maskUserinfo(part: string): string {
  const found = /^([^:/?#]*:\/\/)([^/?#]*)(.*)$/s.exec(part);
  if (!found) return part.replace(/:[^:@]*@/g, `:${MASK}@`);
  const [, scheme = '', authority = '', rest = ''] = found;
  // An unescaped '/', '?' or '#' in a password ends the authority too soon: `redis://:pa/ss@host`.
  const cutShort = !authority.includes('@') && authority.includes(':') && rest.includes('@');
  const whole = cutShort ? authority + rest : authority;
  const at = whole.lastIndexOf('@');
  if (at === -1) return part;
  const userinfo = whole.slice(0, at);
  const after = whole.slice(at) + (cutShort ? '' : rest);
  const colon = userinfo.indexOf(':');
  return scheme + (colon === -1 ? userinfo : `${userinfo.slice(0, colon)}:${MASK}`) + after;
}
