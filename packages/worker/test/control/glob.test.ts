import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { PYTHON, requireService } from '../../../../tools/services.ts';
import { concerns } from '../../src/control/concerns.ts';
import { matchesGlob } from '../../src/control/glob.ts';

/** What Python's fnmatch says. */
const GLOBS: readonly [name: string, pattern: string, matches: boolean][] = [
  ['celery@web1', '*', true],
  ['celery@web1', 'celery@*', true],
  ['celery@web1', '*@web?', true],
  ['celery@web1', '*@web', false],
  ['celery@web1', 'web', false],
  ['celery@web1', 'CELERY@*', false],
  ['celery@web1', '*web[0-9]', true],
  ['celery@web1', '*web[!0-9]', false],
  ['celery@webx', '*web[!0-9]', true],
  ['a]b', 'a[]]b', true],
  ['a-b', 'a[x-]b', true],
  ['a[b', 'a[b', true],
  ['a!b', 'a[!]b', false],
  ['a[!]b', 'a[!]b', true],
  ['a.b', 'a?b', true],
  ['a', 'a?', false],
  ['', '*', true],
  ['', '?', false],
  ['aXbXc', 'a*X*c', true],
  ['aXbXcd', 'a*X*c', false],
  ['é@host', '?@host', true],
];
for (const [name, pattern, matches] of GLOBS) {
  test(`${pattern} ${matches ? 'matches' : 'does not match'} ${JSON.stringify(name)}`, () => {
    assert.equal(matchesGlob(name, pattern), matches);
  });
}

test('a pattern of a thousand stars does not take for ever', () => {
  assert.equal(matchesGlob('a'.repeat(255), `${'*a'.repeat(490)}b`), false);
});

const PYTHONS_OWN = `
import fnmatch, json, random, re
random.seed(7)
text = lambda letters, most: ''.join(random.choice(letters) for _ in range(random.randint(0, most)))
globs = [[text('ab-]!.', 6), text('ab-*?[]!.', 8)] for _ in range(4000)]
regexps = [['celery@web1', p] for p in ['celery', 'web', r'.*@web\\d', '^celery@web1$', r'c\\w+@(?P<h>web1)\\Z', 'CELERY', '(?i)CELERY', 'x?', 'c|w', '[^@]+$']]
print(json.dumps([[n, p, fnmatch.fnmatchcase(n, p)] for n, p in globs]))
print(json.dumps([[n, p, bool(re.match(p, n))] for n, p in regexps]))
`;

test('patterns mean what they mean in Python', { skip: requireService('celery') }, async () => {
  const { stdout, stderr } = spawnSync(PYTHON, ['-W', 'ignore', '-c', PYTHONS_OWN], { encoding: 'utf8' });
  assert.equal(stderr, '');
  const [globs, regexps] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as [string, string, boolean][]);
  assert.equal(globs!.length, 4000);
  for (const [name, pattern, matches] of globs!) {
    assert.equal(matchesGlob(name, pattern), matches, `${JSON.stringify(name)} and the glob ${pattern}`);
  }
  for (const [name, pattern, matches] of regexps!) {
    const request = { destination: null, pattern, matcher: 'pcre' };
    assert.equal(await concerns(request, name), matches, `${name} and the regular expression ${pattern}`);
  }
});
