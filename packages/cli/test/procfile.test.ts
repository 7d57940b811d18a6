import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readCommand } from '../src/dev/command-line.ts';
import { plan } from '../src/dev/formation.ts';
import { prefixed } from '../src/dev/lines.ts';
import { readProcfile } from '../src/dev/procfile.ts';
import { UsageError } from '../src/exit.ts';
import { emptyFolder } from './lovage.ts';

function procfile(text: string) {
  const path = join(emptyFolder(), 'Procfile');
  writeFileSync(path, text);
  return readProcfile(path);
}

const words = (command: string, variables: Record<string, string> = {}) =>
  readCommand({ name: 'web', command }, { PORT: '5000', TWO: 'a b', ...variables });

const says = (pattern: RegExp) => (error: Error) =>
  error instanceof UsageError && pattern.test(error.message);

test('a Procfile is names and commands; blank lines and comments are none', () => {
  assert.deepEqual(procfile('# ours\n\nweb: node server.js  \r\n  work-er_2:lovage worker # all\n'), [
    { name: 'web', command: 'node server.js' },
    { name: 'work-er_2', command: 'lovage worker # all' },
  ]);
});

test('what is wrong in a Procfile is said with its line, all at once', () => {
  assert.throws(
    () => procfile('web: a\nwhat is this\nweb: b\nbeat:\n'),
    says(
      /Procfile: line 2 is 'what is this', not `name: command`; line 3 names web again; line 4 is 'beat:'/,
    ),
  );
  assert.throws(() => procfile('# nothing\n'), says(/declares no process: `web: node server\.js`/));
  assert.throws(() => readProcfile('/no/such/Procfile'), says(/Cannot read the Procfile: ENOENT/));
});

test('a command is split into words as a shell would, and a variable stays one of them', () => {
  assert.deepEqual(words(`node "a b" 'c $PORT' -p $PORT --url=http://h:\${PORT}/ $TWO d\\ e`).argv, [
    ...['node', 'a b', 'c $PORT', '-p', '5000', '--url=http://h:5000/', 'a b', 'd e'],
  ]);
  assert.deepEqual(words('exec node server.js # the web').argv, ['node', 'server.js']);
  assert.deepEqual(words('A=1 B="x $PORT" node -e 1'), {
    argv: ['node', '-e', '1'],
    env: { A: '1', B: 'x 5000' },
  });
  assert.deepEqual(words(`ls ${import.meta.dirname}/procfile.tes*.ts no-such-*.x`).argv.slice(1), [
    import.meta.filename,
    'no-such-*.x',
  ]);
});

test('what only a shell can do is refused, with how to have one', () => {
  for (const command of [
    'a | b',
    'a && b',
    'a > log',
    'a &',
    'a $(date)',
    'a `date`',
    `a \${X:-1}`,
    'a; b',
  ]) {
    assert.throws(
      () => words(command),
      says(/^web: there is no shell here .*start a shell for that, as in `sh -c/),
      command,
    );
  }
  assert.deepEqual(words(`sh -c 'a | b && \`c\` $(d)'`).argv, ['sh', '-c', 'a | b && `c` $(d)']);
  assert.throws(
    () => words('node $NOPE'),
    says(/web: \$NOPE is set neither in the environment nor in the \.env file/),
  );
  for (const command of ['a "b', "a 'b", `a "it's`])
    assert.throws(() => words(command), says(/a quote is not closed/), command);
  assert.throws(() => words('A=1'), says(/there is no command/));
});

test('a formation says how many of each, and each has a port of its own', () => {
  const declared = ['web', 'worker', 'beat'].map((name) => ({ name, command: name }));
  const labels = (names: string[], formation: Record<string, number> = {}) =>
    plan(declared, names, formation, 5000).map(({ label, port }) => `${label}:${port}`);
  assert.deepEqual(labels([]), ['web:5000', 'worker:5100', 'beat:5200']);
  assert.deepEqual(labels(['worker']), ['worker:5100']);
  assert.deepEqual(labels([], { worker: 2, beat: 0 }), ['web:5000', 'worker.1:5100', 'worker.2:5101']);
  assert.deepEqual(labels([], { all: 0, web: 1 }), ['web:5000']);
  assert.throws(() => labels(['wroker']), says(/There is no process wroker; did you mean worker\?/));
  assert.throws(() => labels([], { mailer: 1 }), says(/no process mailer: there are web, worker, beat/));
  assert.throws(() => labels([], { all: 0 }), says(/Nothing is left to run/));
});

test('lines of a process are passed on whole, each with its name', async () => {
  const stream = prefixed('web | ');
  const bytes = Buffer.from('first\nse¢ond\r\n\nlast');
  // In the middle of a character, and of a line.
  for (const part of [bytes.subarray(0, 9), bytes.subarray(9)]) stream.write(part);
  stream.end();
  const chunks: string[] = [];
  for await (const chunk of stream) chunks.push(String(chunk));
  assert.equal(chunks.join(''), 'web | first\nweb | se¢ond\nweb | \nweb | last\n');
  for (const chunk of chunks) assert.match(chunk, /\n$/, 'whole lines');

  const endless = prefixed('');
  endless.write(Buffer.alloc(100_000, 'x'));
  assert.equal(String(endless.read()).length, 100_001, 'what never ends is passed on all the same');
});
