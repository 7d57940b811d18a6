import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

const PREFIX = 'whsec_';

/** A new secret, in the form of Standard Webhooks: 24 random bytes. */
export function newSecret(): string {
  return PREFIX + randomBytes(24).toString('base64');
}

/** Throws for what is no secret of Standard Webhooks: `whsec_` and 24 to 64 bytes in base64. Never says what it was. */
export function checkSecret(secret: string): void {
  const encoded = typeof secret === 'string' && secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : '';
  const size = /^[A-Za-z0-9+/]+={0,2}$/.test(encoded) ? Buffer.from(encoded, 'base64').length : 0;
  if (size < 24 || size > 64)
    throw new TypeError(
      `a secret is '${PREFIX}' and 24 to 64 bytes in base64; leave it out to have one made`,
    );
}

/** The headers of Standard Webhooks. Several secrets sign beside each other while one replaces another. */
export function signedHeaders(
  id: string,
  body: string,
  secrets: readonly string[],
  now: number,
): Record<string, string> {
  const at = new Date(now);
  return {
    'content-type': 'application/json',
    'user-agent': 'Lovage-Outbox',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now / 1_000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
  };
}
