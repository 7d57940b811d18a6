import type { Serializer } from '@lovage/contracts';
import { parseJson } from './json-parse.ts';
import { stringifyJson, type ValueForm } from './json-write.ts';
import { decodeText } from './text.ts';
import { reviveTyped } from './typed-values.ts';

/** JSON with kombu's typed values (5.3 and later) both ways. */
export const json: Serializer = serializer('typed');

/** JSON as kombu 5.2 writes it: a Date becomes text, bytes are refused. Reads typed values all the same. */
export const jsonPlain: Serializer = serializer('plain');

function serializer(form: ValueForm): Serializer {
  return {
    name: 'json',
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    encode: (value) => Buffer.from(stringifyJson(value, form), 'utf8'),
    decode: (bytes) => decodeJson(decodeText(bytes, 'utf-8')),
  };
}

/** A JSON text with its typed values made into what they stand for. Throws DecodeError. */
export function decodeJson(text: string): unknown {
  return reviveTyped(parseJson(text));
}
