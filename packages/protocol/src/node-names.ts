import { randomUUID } from 'node:crypto';

/** What a node is called when nobody named it. */
const DEFAULT_NAME = 'celery';

/** `name@host`. */
export function nodeName(name: string, host: string): string {
  return `${name}@${host}`;
}

/** `gen<pid>@<host>`: what a client that is no worker calls itself, for one `origin` header. */
export function clientName(pid: number, host: string): string {
  return nodeName(`gen${pid}`, host);
}

/** The two parts of a node's name; without '@' it is all host. */
export function splitNodeName(name: string): { readonly name: string | undefined; readonly host: string } {
  const at = name.indexOf('@');
  return at === -1 ? { name: undefined, host: name } : { name: name.slice(0, at), host: name.slice(at + 1) };
}

/**
 * The name of a worker from what its user gave (`-n`): `%h` is the host, `%n` its first part, `%d` the rest of it, `%%` a percent sign.
 * Without '@' it is the host alone; what is left out is `celery` and this host.
 */
export function workerName(given: string | undefined, host: string): string {
  const expanded = expand(given ?? '', host);
  const parts = splitNodeName(expanded);
  return nodeName(parts.name || DEFAULT_NAME, parts.host || host);
}

/**
 * A text about a node, such as the name of its log file: `%p` is the node's full name, `%n` its name, `%h` its host, `%d` the domain,
 * `%i` the index of the pool's process (0 in the worker itself), `%I` the same with a dash before it (nothing in the worker itself).
 */
export function nodeFormat(template: string, node: string, processIndex = 0): string {
  const { name = DEFAULT_NAME, host } = splitNodeName(node);
  return replace(template, {
    p: node,
    n: name,
    h: host,
    d: domainOf(host),
    i: String(processIndex),
    I: processIndex === 0 ? '' : `-${processIndex}`,
  });
}

function expand(template: string, host: string): string {
  return replace(template, { h: host, n: host.split('.', 1)[0]!, d: domainOf(host) });
}

function domainOf(host: string): string {
  const dot = host.indexOf('.');
  return dot === -1 ? '' : host.slice(dot + 1);
}

/** A letter without meaning stays as it is. */
function replace(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/%(.)/g, (whole, letter: string) =>
    letter === '%' ? '%' : (values[letter] ?? whole),
  );
}

let oid: string | undefined;

/** The address for replies to this process, Celery's `oid`: any UUID, the same for as long as the process lives. */
export function processOid(): string {
  oid ??= randomUUID();
  return oid;
}
