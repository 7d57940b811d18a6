/** @throws Error that does not show it: it may hold a password */
export function checkSmtpUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed && /^smtps?:$/.test(parsed.protocol) && parsed.hostname !== '') return url;
  throw new Error(
    `the URL of the mail server ${parsed ? `begins with ${parsed.protocol}` : 'cannot be read'}: write smtp://host:587, or smtps://user:password@host`,
  );
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Whether nothing may be said before TLS: a password that is told to whoever answers is no secret, and a STARTTLS that is not offered may have been cut out. */
export function mustEncrypt(url: string): boolean {
  const { protocol, username, hostname } = new URL(url);
  return protocol === 'smtp:' && username !== '' && !LOOPBACK.test(hostname);
}
