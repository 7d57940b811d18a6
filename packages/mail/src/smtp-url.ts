/** @throws Error that does not show it: it may hold a password */
export function checkSmtpUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed && /^smtps?:$/.test(parsed.protocol) && parsed.hostname !== '') return url;
  throw new Error(
    `the URL of the mail server ${parsed ? `begins with ${parsed.protocol}` : 'cannot be read'}: write smtp://host:587, or smtps://user:password@host`,
  );
}
