import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { ROOT } from '../../tools/workspaces.ts';

/** The files that README shows under `<!-- example: name -->`, by name, as they stand. */
export function readmeExamples(): Map<string, string> {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const found = readme.matchAll(/<!-- example: (\S+) -->\n```ts\n([\s\S]*?)```/g);
  return new Map([...found].map(([, name, code]) => [name!, code!]));
}

/** The same in JavaScript: what is left when the types are taken away. */
export function asJavaScript(examples: ReadonlyMap<string, string>): Map<string, string> {
  return new Map(
    [...examples].map(([name, code]) => [
      name.replace(/\.ts$/, '.js'),
      stripTypeScriptTypes(code).replace(/(from '\.\/[^']+)\.ts'/g, "$1.js'"),
    ]),
  );
}
