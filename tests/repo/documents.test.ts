import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/**/*.md'];

/** Code spans that read as a path of this repository (`packages/app`, `drivers/*`), and targets of links. */
function pathsIn(document: string): string[] {
  const prose = readFileSync(join(root, document), 'utf8').replace(/^```.*?^```/gms, '');
  const spans = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span]) => span!);
  const paths = spans.filter((span) =>
    /^(packages|drivers|apps|interop|bench|tests|tools|docs)(\/[\w.*-]+)*\/?$/.test(span),
  );
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!.replace(/#.*$/, ''));
  const ours = links.filter((target) => target !== '' && !/^[a-z]+:/.test(target));
  return [...paths, ...ours.map((target) => join(dirname(document), target))];
}

suite('what documents name is there', () => {
  for (const document of globSync(DOCUMENTS, { cwd: root }).sort()) {
    test(document, () => {
      const missing = pathsIn(document).filter((path) => globSync(path, { cwd: root }).length === 0);
      assert.deepEqual(missing, []);
    });
  }

  test('paths are found in what is read', () => {
    assert.ok(pathsIn('docs/architecture.md').includes('packages/worker/src/conclude.ts'));
    assert.ok(pathsIn('docs/architecture.md').includes('packages/contracts/src/index.ts'));
    assert.ok(pathsIn('README.md').includes('docs/getting-started.md'));
  });
});
