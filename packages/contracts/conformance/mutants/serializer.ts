import { DecodeError, type Serializer } from '../../src/index.ts';
import { bytesOf, textOf } from '../bytes.ts';
import { altered, type Mutant } from './mutant.ts';

function serializerMutant(
  name: string,
  noticedBy: string,
  changes: (serializer: Serializer) => Partial<Serializer>,
): Mutant<Serializer> {
  return { name, noticedBy, mutate: (serializer) => altered(serializer, changes(serializer)) };
}

const DAMAGE = 'damage is refused with DecodeError, or decodes to something, and nothing else';

/** As a reviver that calls itself would. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

export const serializerMutants: readonly Mutant<Serializer>[] = [
  serializerMutant('drops what is null', 'what is encoded decodes to the same', () => ({
    encode: (value) => bytesOf(JSON.stringify(value, (_, each) => each ?? undefined) ?? '0'),
  })),
  serializerMutant('takes dates for dates', 'what is encoded decodes to the same', () => ({
    decode: (bytes) =>
      JSON.parse(textOf(bytes), (_, each) =>
        typeof each === 'string' && /^\d{4}-\d\d-\d\dT/.test(each) ? new Date(each) : each,
      ),
  })),
  serializerMutant('has no content type', 'it can be found by name and content type', () => ({
    contentType: 'JSON',
  })),
  serializerMutant('writes latin-1', 'what it calls utf-8 is utf-8', (serializer) => ({
    encode: (value) => Buffer.from(textOf(serializer.encode(value)), 'latin1'),
    decode: (bytes) => serializer.decode(Buffer.from(Buffer.from(bytes).toString('latin1'), 'utf8')),
  })),
  serializerMutant(
    'reads the whole buffer',
    'bytes of every kind decode, also from the middle of a buffer, and stay as they are',
    (serializer) => ({ decode: (bytes) => serializer.decode(new Uint8Array(bytes.buffer)) }),
  ),
  serializerMutant('throws what its parser throws', DAMAGE, () => ({
    decode: (bytes) => JSON.parse(textOf(bytes)),
  })),
  serializerMutant('refuses nothing', DAMAGE, (serializer) => ({
    decode(bytes) {
      try {
        return serializer.decode(bytes);
      } catch {
        return null;
      }
    },
  })),
  serializerMutant(
    'calls itself for each level',
    'depth beyond reason is decoded or refused, and does not overflow',
    (serializer) => ({
      decode(bytes) {
        const value = serializer.decode(bytes);
        depthOf(value);
        return value;
      },
    }),
  ),
  serializerMutant(
    'assigns names as they come',
    'names that mean something to JavaScript are data',
    (serializer) => ({
      decode(bytes) {
        const value = serializer.decode(bytes) as Record<string, unknown>;
        const copy: Record<string, unknown> = {};
        for (const name of Object.keys(value)) copy[name] = value[name];
        return copy;
      },
    }),
  ),
  serializerMutant('refuses large documents', 'a large document passes', (serializer) => ({
    decode(bytes) {
      if (bytes.length > 65_536) throw new DecodeError('too large');
      return serializer.decode(bytes);
    },
  })),
];
