import { DecodeError, type Serializer } from '@lovage/contracts';
import { serializerConformance, serializerExam, serializerMutants } from '@lovage/contracts/conformance';
import { prove } from './prove.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

/** The plainest serializer that passes. */
const plainJson: Serializer = {
  name: 'json',
  contentType: 'application/json',
  contentEncoding: 'utf-8',
  encode: (value) => new TextEncoder().encode(JSON.stringify(value)),
  decode(bytes) {
    try {
      return JSON.parse(decoder.decode(bytes));
    } catch (error) {
      throw new DecodeError('this is no JSON', { cause: error });
    }
  },
};

serializerConformance({ name: 'plain JSON', serializer: plainJson });

prove({
  role: 'serializer',
  exam: serializerExam,
  mutants: serializerMutants,
  world: async (mutate) => ({ serializer: mutate(plainJson), dispose: async () => {} }),
});
