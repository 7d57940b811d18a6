import { ImproperlyConfigured } from '../errors.ts';

/** Where a server listens. */
export interface HttpAddress {
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
}

/**
 * `127.0.0.1:8080`, `0.0.0.0:8080` for every interface, `[::1]:8080`, `localhost:8080`.
 * @throws ImproperlyConfigured for anything else
 */
export function readHttpAddress(text: string): HttpAddress {
  const parts = /^(?:\[([\da-f:.%\w]+)\]|([^\s:[\]/@]+)):(\d{1,5})$/i.exec(text);
  const host = parts?.[1] ?? parts?.[2];
  const port = Number(parts?.[3]);
  if (host !== undefined && port <= 65_535) return { host, port };
  throw new ImproperlyConfigured(
    `http must be a host and a port from 0 to 65535, as in 127.0.0.1:8080 or [::1]:8080, not '${text}'`,
  );
}
