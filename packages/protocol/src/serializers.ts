import type { Serializer } from '@lovage/contracts';
import { json } from './json.ts';
import { yaml } from './yaml.ts';

const SERIALIZERS: readonly Serializer[] = [json, yaml];

/** The content type that is refused whatever the settings say: decoding it runs code. */
export const PICKLE_CONTENT_TYPE = 'application/x-python-serialize';

/** Celery's names for content types, also of those that are never decoded here. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  json: json.contentType,
  yaml: yaml.contentType,
  msgpack: 'application/x-msgpack',
  pickle: PICKLE_CONTENT_TYPE,
};

/** The serializer of a name in settings ('json', 'yaml'), if this version has it. */
export function serializerByName(name: string): Serializer | undefined {
  return SERIALIZERS.find((serializer) => serializer.name === name);
}

/** The serializer that reads a content type, if this version has it. */
export function serializerByContentType(contentType: string): Serializer | undefined {
  return SERIALIZERS.find((serializer) => serializer.contentType === contentType);
}

/** The content type of an entry of `accept_content`, which may be a name or a content type already. */
export function contentTypeOf(nameOrType: string): string {
  return Object.hasOwn(CONTENT_TYPES, nameOrType) ? CONTENT_TYPES[nameOrType]! : nameOrType;
}

/** Celery's name of a content type, or the type itself when it has none. */
export function serializerNameOf(contentType: string): string {
  for (const [name, type] of Object.entries(CONTENT_TYPES)) if (type === contentType) return name;
  return contentType;
}
