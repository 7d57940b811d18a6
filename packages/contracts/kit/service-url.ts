import { DriverError } from '../src/index.ts';
import { maskUrl } from './mask-url.ts';

/** A service's URL in parts, decoded. */
export interface ServiceUrl {
  /** Lower case, without ':', such as 'redis' or 'redis+socket'. */
  readonly scheme: string;
  /** More than one where alternatives were given, separated by ';'. Empty where the URL names none. */
  readonly hosts: readonly ServiceHost[];
  readonly username?: string;
  readonly password?: string;
  /** Everything between the host and '?', with its leading slash; '' where there is none. */
  readonly path: string;
  readonly query: URLSearchParams;
}

export interface ServiceHost {
  readonly host: string;
  readonly port?: number;
}

const PARTS = /^([a-z][a-z0-9+.-]*):\/\/(?:([^/?#]*)@)?([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?(?:#.*)?$/i;
const HOST = /^(\[[0-9a-f:.]+\]|[^:[\]]*)(?::(\d{1,5}))?$/i;

/**
 * Parse `redis://user:password@host:6379/0?option=value`, `sqlite:////absolute/path`, `memory://name`, and lists of
 * alternatives such as `sentinel://a:26379;sentinel://b:26379/0`, as Celery writes them. User, password, path and
 * query of a list are those of the first alternative that has them.
 *
 * @throws DriverError 'refused' naming the part that cannot be read; the password never appears in it
 */
export function parseServiceUrl(url: string): ServiceUrl {
  const [first, ...others] = splitAlternatives(url).map((part) => parseOne(part, url));
  if (!first) throw refusal(url, 'it is empty');
  const strange = others.find((other) => other.scheme !== first.scheme);
  if (strange)
    throw refusal(url, `its alternatives must all be ${first.scheme}://, but one is ${strange.scheme}://`);
  const all = [first, ...others];
  const credentials = all.find((each) => each.username !== undefined || each.password !== undefined);
  return {
    scheme: first.scheme,
    hosts: all.flatMap((each) => each.hosts),
    ...(credentials?.username === undefined ? {} : { username: credentials.username }),
    ...(credentials?.password === undefined ? {} : { password: credentials.password }),
    path: all.find((each) => each.path !== '')?.path ?? '',
    query: all.find((each) => each.query.size > 0)?.query ?? new URLSearchParams(),
  };
}

/** The scheme of a URL in lower case, or undefined where it has none. */
export function schemeOf(url: string): string | undefined {
  return /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase();
}

/** Alternatives may repeat the scheme or leave it out: `sentinel://a;b`. A ';' inside a query separates nothing. */
function splitAlternatives(url: string): string[] {
  const scheme = schemeOf(url);
  const parts: string[] = [];
  for (const part of url.trim().split(';')) {
    const previous = parts.at(-1);
    if (part === '') continue;
    if (schemeOf(part) !== undefined || previous === undefined) parts.push(part);
    else if (previous.includes('?')) parts[parts.length - 1] = `${previous};${part}`;
    else parts.push(`${scheme}://${part}`);
  }
  return parts;
}

function parseOne(part: string, whole: string): ServiceUrl {
  const found = PARTS.exec(part);
  if (!found) throw refusal(whole, 'it should look like scheme://user:password@host:port/path');
  const [, scheme = '', userinfo, authority = '', path = '', query = ''] = found;
  const colon = userinfo?.indexOf(':') ?? -1;
  const username = colon === -1 ? userinfo : userinfo?.slice(0, colon);
  const password = colon === -1 ? undefined : userinfo?.slice(colon + 1);
  return {
    scheme: scheme.toLowerCase(),
    hosts: authority === '' ? [] : [parseHost(authority, whole)],
    ...(username ? { username: decode(username, whole) } : {}),
    ...(password ? { password: decode(password, whole) } : {}),
    path: decode(path, whole),
    query: new URLSearchParams(query),
  };
}

function parseHost(authority: string, whole: string): ServiceHost {
  const found = HOST.exec(authority);
  const port = found?.[2] === undefined ? undefined : Number(found[2]);
  if (!found || (port !== undefined && port > 65_535))
    throw refusal(
      whole,
      "its host and port cannot be read; a '/', '?', '#' or '@' in a password is written as %2F, %3F, %23 or %40",
    );
  const host = decode(found[1] ?? '', whole).replace(/^\[|\]$/g, '');
  return port === undefined ? { host } : { host, port };
}

function decode(text: string, whole: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refusal(whole, "it holds a '%' that is not followed by two hexadecimal digits; write %25 for '%'");
  }
}

function refusal(url: string, why: string): DriverError {
  return new DriverError('refused', `cannot use the URL '${maskUrl(url)}': ${why}`);
}
