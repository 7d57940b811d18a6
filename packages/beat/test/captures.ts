import { readFileSync } from 'node:fs';

const CAPTURES = new URL('../../../interop/captures/', import.meta.url);

/** What Celery said when it was asked: `[max, min, pattern, the values or the error]`. */
export interface Vectors {
  readonly 'crontab_parser(max,min,spec)': readonly (readonly [number, number, string, number[] | string])[];
  readonly 'is_due(spec,tz,last_run_at,now)->[due,next]; number=interval seconds, negative=relative': readonly (readonly [
    Readonly<Record<string, string | number>> | number,
    string,
    string,
    string,
    readonly [boolean, number],
  ])[];
}

export function vectors(version: '5.2.6' | '5.6.3'): Vectors {
  const path = version === '5.2.6' ? '104-vectors.json' : 'v5.6.3/104-vectors.json';
  return (JSON.parse(readFileSync(new URL(path, CAPTURES), 'utf8')) as { raw: Vectors }).raw;
}
