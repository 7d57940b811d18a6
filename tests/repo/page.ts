/** A page of the documentation whose examples are programs: they compile, run, and print what they say. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { ROOT } from '../../tools/workspaces.ts';

interface Example {
  readonly file: string;
  readonly code: string;
  /** What stands in a comment behind each `console.log`. */
  readonly prints: readonly string[];
}

export interface PageOptions {
  /** What its examples take from `lovage`. */
  readonly fromLovage: readonly string[];
  /** So many examples are there at least: else the page is not read as it should be. */
  readonly least: number;
}

const TASKS = /<!-- example: tasks\.ts -->\n```ts\n([\s\S]*?)```\n/;

/** Makes a suite of the page, which has a file of tasks, and examples that use what that exports. */
export function testPage(path: string, { fromLovage, least }: PageOptions): void {
  const page = readFileSync(join(ROOT, path), 'utf8');
  const tasks = TASKS.exec(page)?.[1] ?? '';
  const exported = [...tasks.matchAll(/^export const (\w+)/gm)].map(([, name]) => name!);
  const examples = [...page.replace(TASKS, '').matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code], index) =>
    exampleOf(code!, index + 1, fromLovage, exported),
  );

  suite(path, { timeout: 240_000 }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'lovage-page-'));
    after(() => rmSync(folder, { recursive: true, force: true }));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    write('package.json', '{ "type": "module" }\n');
    write(
      'tsconfig.json',
      JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), include: ['*.ts'], exclude: [] }),
    );
    write('tasks.ts', tasks);
    for (const { file, code } of examples) write(file, code);

    test('it has a file of tasks, and examples', () => {
      assert.ok(exported.length > 2 && examples.length >= least, `${exported.length} and ${examples.length}`);
    });

    test('its examples compile, and what must not does not', () => {
      const tsc = join(ROOT, 'node_modules/.bin/tsc');
      const { status, stdout } = spawnSync(tsc, ['-p', folder, '--noEmit'], { encoding: 'utf8' });
      assert.equal(status, 0, stdout);
    });

    test('its examples run, and print what they say', () => {
      write('run.ts', runner(examples));
      const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        ['--conditions=lovage-source', 'run.ts'],
        { cwd: folder, encoding: 'utf8', env: { ...inherited, CELERY_BROKER_URL: 'memory://' } },
      );
      assert.equal(status, 0, stderr);
      const printed = JSON.parse(stdout) as Record<string, string[]>;
      for (const { file, code, prints } of examples) assert.deepEqual(printed[file], prints, code);
    });

    function write(file: string, text: string): void {
      writeFileSync(join(folder, file), text);
    }
  });
}

function exampleOf(
  code: string,
  number: number,
  fromLovage: readonly string[],
  exported: readonly string[],
): Example {
  const names = (from: readonly string[]) => from.filter((name) => new RegExp(`\\b${name}\\b`).test(code));
  const imports = [
    `import { ${names(fromLovage).join(', ')} } from 'lovage';`,
    `import { ${names(exported).join(', ')} } from './tasks.ts';`,
  ];
  const logs = code.split('\n').filter((line) => line.includes('console.log('));
  const prints = logs.map((line) => /; \/\/ (.+)$/.exec(line)?.[1] ?? `nothing is said of ${line}`);
  return { file: `example-${number}.ts`, code: `${imports.join('\n')}\nexport {};\n${code}`, prints };
}

/** A program that has a worker in it, and runs one example after the other. */
function runner(examples: readonly Example[]): string {
  return `
import { format } from 'node:util';
import { app } from './tasks.ts';

const worker = await app.worker({ concurrency: 10 });
const printed: Record<string, string[]> = {};
for (const file of ${JSON.stringify(examples.map(({ file }) => file))}) {
  const lines: string[] = [];
  printed[file] = lines;
  console.log = (...values: unknown[]) => void lines.push(format(...values));
  await import(\`./\${file}\`);
}
process.stdout.write(JSON.stringify(printed));
await worker.stop('warm');
await app.close();
`;
}
