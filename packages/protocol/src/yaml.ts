import { DecodeError, type Serializer } from '@lovage/contracts';
import { EncodeError } from './errors.ts';
import { MAX_DEPTH, parseJson } from './json-parse.ts';
import { stringifyJson } from './json-write.ts';
import { requireOptional } from './optional.ts';
import { isRecord, setOwn } from './plain.ts';
import { decodeText } from './text.ts';

/** The part of the package `yaml` that is used. */
interface Yaml {
  parseDocument(text: string, options: object): YamlDocument;
  stringify(value: unknown, options: object): string;
}
interface YamlDocument {
  readonly errors: readonly Error[];
  readonly warnings: readonly Error[];
  toJS(options: object): unknown;
}

let loaded: Yaml | undefined;

function library(): Yaml {
  loaded ??= requireOptional('yaml', 'the yaml serializer') as Yaml;
  return loaded;
}

/** YAML 1.1 as PyYAML's safe loader and dumper understand it. The package `yaml` is loaded on first use. */
export const yaml: Serializer = {
  name: 'yaml',
  contentType: 'application/x-yaml',
  contentEncoding: 'utf-8',
  encode(value) {
    // What JSON cannot carry is refused here too, with the same words, rather than written as something else.
    const checked = parseJson(stringifyJson(value, 'plain'));
    return Buffer.from(library().stringify(checked, { version: '1.1', lineWidth: 0 }), 'utf8');
  },
  decode: (bytes) => decodeYaml(decodeText(bytes, 'utf-8')),
};

/**
 * Loads the package now, so that its absence is told at start and not at the first message.
 * @throws Error that says what to install
 */
export async function loadYaml(): Promise<Serializer> {
  library();
  return yaml;
}

function decodeYaml(text: string): unknown {
  const { parseDocument } = library();
  try {
    const document = parseDocument(text, { version: '1.1', intAsBigInt: true });
    // An unknown tag, such as !!python/object, is only a warning to the library.
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) throw problem;
    return narrowIntegers(document.toJS({ maxAliasCount: 100 }), 0);
  } catch (error) {
    throw new DecodeError(`not YAML: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** Integers arrive as bigint so that none loses digits; those that fit become numbers again. In place. */
function narrowIntegers(value: unknown, depth: number): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (depth > MAX_DEPTH) throw new EncodeError([], `is nested deeper than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) value[index] = narrowIntegers(value[index], depth + 1);
  } else if (isRecord(value) && !(value instanceof Date) && !(value instanceof Uint8Array)) {
    for (const [key, item] of Object.entries(value)) setOwn(value, key, narrowIntegers(item, depth + 1));
  }
  return value;
}
