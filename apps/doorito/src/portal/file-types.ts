import { fileTypeFromBuffer } from 'file-type';
import { settings } from '../environment.ts';

/** Neither what it says it is, nor one of FILE_UPLOAD_ALLOWED_TYPES. */
export class TypeRefused extends Error {
  override readonly name = 'TypeRefused';
}

/**
 * What a file is, by its bytes: what the sender says counts only among texts, which look alike.
 *
 * @param said the Content-Type of the upload
 * @throws TypeRefused for a type that is not allowed
 */
export async function typeOf(head: Uint8Array, said: string | undefined): Promise<string> {
  const declared = said?.replace(/;.*/s, '').trim().toLowerCase() || 'application/octet-stream';
  const found = (await fileTypeFromBuffer(head))?.mime ?? (isText(head) ? textType(declared) : undefined);
  if (found === undefined || !settings.uploadTypes.includes(found)) {
    throw new TypeRefused(
      `${found ?? 'a file of an unknown type'} is not taken: send ${settings.uploadTypes.join(', ')}`,
    );
  }
  if (declared !== 'application/octet-stream' && declared !== found)
    throw new TypeRefused(`it says that it is ${declared}, and is ${found}`);
  return found;
}

const textType = (declared: string): string => (declared.startsWith('text/') ? declared : 'text/plain');

/** UTF-8 without control characters. The head may end within a character. */
function isText(head: Uint8Array): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return !/(?![\t\n\r\f])\p{Cc}/u.test(text);
  } catch {
    return false;
  }
}
