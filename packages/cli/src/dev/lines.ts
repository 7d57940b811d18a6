import { Transform } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** What has come without a line end is passed on at this size: a process may never write one. */
const MAX_LINE = 64 * 1024;

/** Puts a prefix before each line, and passes on whole lines only, so that those of several processes do not mix. */
export function prefixed(prefix: string): Transform {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const take = (text: string): string => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE) {
      lines.push(rest);
      rest = '';
    }
    return lines.map((line) => `${prefix}${line.replace(/\r+$/, '')}\n`).join('');
  };
  return new Transform({
    transform: (chunk: Buffer, _, done) => done(null, take(decoder.write(chunk))),
    flush: (done) => done(null, take(decoder.end()) + (rest === '' ? '' : `${prefix}${rest}\n`)),
  });
}
