import { DriverError } from '@lovage/contracts';
import { Client, type ClientConfig } from 'pg';
import type { Configured } from '../options.ts';
import { VALUE_TYPES } from './types.ts';

/**
 * How `pg` is to connect. Warns where the server's certificate will not be verified.
 * @throws DriverError 'refused' for a URL, or a file that it names, that `pg` cannot read: it would say so only when used
 */
export function clientConfig(
  { connectionString, channelBinding, unverified, options }: Configured,
  label: string,
): ClientConfig {
  refuseUnreadable(connectionString, label);
  if (unverified)
    options.log('warn', `${label}: the certificate of the server is not verified, as its URL says`);
  return {
    connectionString,
    enableChannelBinding: channelBinding,
    fallback_application_name: 'lovage',
    types: VALUE_TYPES,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

/** The client reads the URL, and the files that it names, when it is made; not only when it connects. */
function refuseUnreadable(connectionString: string, label: string): void {
  try {
    new Client({ connectionString });
  } catch (error) {
    const told = error instanceof Error ? error.message : String(error);
    throw new DriverError('refused', `cannot use the URL ${label}: ${told}`, { cause: error });
  }
}
