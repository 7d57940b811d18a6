import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(scrypt) as (password: string, salt: Buffer, length: number) => Promise<Buffer>;
const LENGTH = 32;

/** `scrypt:salt:hash`, in hex. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  return `scrypt:${salt.toString('hex')}:${(await derive(password, salt, LENGTH)).toString('hex')}`;
}

/** An account without a hash takes as long to be refused as one with. */
export async function isPassword(password: string, hash: string | null): Promise<boolean> {
  const [, salt = '00', wanted = ''] = hash?.split(':') ?? [];
  const got = await derive(password, Buffer.from(salt, 'hex'), LENGTH);
  const expected = Buffer.from(wanted, 'hex');
  return expected.length === got.length && timingSafeEqual(expected, got);
}
