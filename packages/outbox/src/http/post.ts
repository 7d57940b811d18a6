import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { AddressGuard } from './addresses.ts';

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** For all of it: name, connection, request and answer. */
  readonly timeoutMs: number;
  /** No more of an answer is read. */
  readonly maxResponseBytes: number;
  readonly guard: AddressGuard;
}

export interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** The beginning of what it said. */
  readonly text: string;
}

/**
 * One POST on a connection of its own: a kept one may be closed by the other side just when it is used, and then nobody knows
 * whether the request was heard. Redirects are answers like others. Once there is a status, what becomes of the rest of the
 * answer changes nothing.
 *
 * Rejects with what went wrong when there was no status: RefusedAddress, a timeout, an error of the network.
 */
export async function post({
  url,
  headers,
  body,
  timeoutMs,
  maxResponseBytes,
  guard,
}: Post): Promise<Answer> {
  const target = new URL(url);
  guard.checkHost(target.hostname);
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const send = target.protocol === 'https:' ? requestHttps : requestHttp;
  const request = send(target, {
    method: 'POST',
    headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    agent: false,
    lookup: guard.lookup,
  });
  const timer = setTimeout(
    () => request.destroy(new Error(`no answer within ${timeoutMs / 1_000} s`)),
    timeoutMs,
  );
  let answered = (): void => {};
  request.on('error', (error) => {
    answered();
    reject(error);
  });
  request.on('close', () => reject(new Error('the connection was closed without an answer')));
  request.on('response', (response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (): void => {
      const text = Buffer.concat(chunks).subarray(0, maxResponseBytes).toString();
      const { statusCode = 0, headers: told } = response;
      resolve({ status: statusCode, retryAfter: told['retry-after'], text });
      request.destroy();
    };
    answered = finish;
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= maxResponseBytes) finish();
    });
    response.on('end', finish);
    response.on('error', finish);
  });
  request.end(body);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
