// What Celery sends for one task: the same size and the same headers as everybody's.
import { randomUUID } from 'node:crypto';

export const queue = 'celery';

export function message(argument) {
  const id = randomUUID();
  const body = Buffer.from(
    JSON.stringify([[argument], {}, { callbacks: null, errbacks: null, chain: null, chord: null }]),
  );
  const headers = {
    lang: 'js',
    task: 'bench.echo',
    id,
    shadow: null,
    eta: null,
    expires: null,
    group: null,
    group_index: null,
    retries: 0,
    timelimit: [null, null],
    root_id: id,
    parent_id: null,
    argsrepr: `(${JSON.stringify(argument)},)`,
    kwargsrepr: '{}',
    origin: 'gen1@bench',
    ignore_result: false,
  };
  return {
    id,
    body,
    options: {
      headers,
      persistent: true,
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      correlationId: id,
    },
  };
}
