import { DecodeError, type Serializer } from '@lovage/contracts';
import { mapOutsideStrings } from './json-literals.ts';
import { MAX_DEPTH } from './json-parse.ts';
import { stringifyJson } from './json-write.ts';
import { requireOptional } from './optional.ts';
import { setOwn } from './plain.ts';
import { decodeText } from './text.ts';

/** The part of the package `yaml` that is used. */
interface Yaml {
  parseDocument(text: string, options: object): YamlDocument;
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

/**
 * YAML 1.1 as PyYAML's safe loader and dumper understand it. Dates are written as texts and bytes refused, as in plain JSON.
 * Reading needs the package `yaml`, loaded on first use.
 */
export const yaml: Serializer = {
  name: 'yaml',
  contentType: 'application/x-yaml',
  contentEncoding: 'utf-8',
  encode: (value) => Buffer.from(jsonAsYaml(stringifyJson(value, 'plain')), 'utf8'),
  decode: (bytes) => decodeYaml(decodeText(bytes, 'utf-8')),
};

/** JSON is YAML but for numbers without a dot before their exponent, Python's literals, and characters that YAML 1.1 takes for line breaks. */
function jsonAsYaml(json: string): string {
  const numbers = mapOutsideStrings(json, (plain) =>
    plain
      .replace(/(?<![\d.])(\d+)e/g, '$1.0e')
      .replace(/\bNaN\b/g, '.nan')
      .replace(/\bInfinity\b/g, '.inf'),
  );
  return numbers.replace(/[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/**
 * Loads the package now, so that its absence is told at start and not at the first message.
 * @throws Error that says what to install
 */
export async function loadYaml(): Promise<Serializer> {
  library();
  return yaml;
}

function decodeYaml(text: string): unknown {
  try {
    const document = library().parseDocument(text, { version: '1.1', intAsBigInt: true });
    // An unknown tag, such as !!python/object, is only a warning to the library.
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) throw problem;
    return narrow(document.toJS({ maxAliasCount: 100 }), 0);
  } catch (error) {
    throw new DecodeError(`cannot read YAML: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** Integers arrive as bigint so that none loses digits; those that fit become numbers again. In place. */
function narrow(value: unknown, depth: number): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (value instanceof Date || typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) throw new DecodeError(`nested deeper than ${MAX_DEPTH} levels`);
  for (const [key, item] of Object.entries(value)) {
    setOwn(value as Record<string, unknown>, key, narrow(item, depth + 1));
  }
  return value;
}
