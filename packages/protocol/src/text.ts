import { isUtf8 } from 'node:buffer';
import { DecodeError } from '@lovage/contracts';

/**
 * The text of a body in its content encoding: utf-8, ascii or latin-1, under any of their usual names.
 * @throws DecodeError for bytes that are not text in it, or an encoding that is none of these
 */
export function decodeText(bytes: Uint8Array, encoding: string): string {
  if (encoding === 'utf-8') return utf8(bytes);
  switch (encoding.toLowerCase().replaceAll('_', '-')) {
    case 'utf-8':
    case 'utf8':
    case '':
    case 'ascii':
    case 'us-ascii':
      return utf8(bytes);
    case 'latin-1':
    case 'latin1':
    case 'iso-8859-1':
      return asBuffer(bytes).toString('latin1');
    default:
      throw new DecodeError(`content encoding ${JSON.stringify(encoding)} is not one this version can read`);
  }
}

function utf8(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new DecodeError('the body is not UTF-8 text');
  return asBuffer(bytes).toString('utf8');
}

function asBuffer(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
