/** What can be known of the deployment files without a machine to deploy to. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildProgram } from '@lovage/cli';
import { parse } from 'yaml';

const HOME = fileURLToPath(new URL('..', import.meta.url));
const DEPLOY = join(HOME, 'deploy');
const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));

interface Service {
  readonly command?: readonly string[];
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

const text = (file: string): string => readFileSync(join(DEPLOY, file), 'utf8');
const compose = parse(text('docker-compose.yml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
};

/** The command lines of every file, without the program's name. */
function commandLines(): Map<string, readonly string[]> {
  const lines = new Map<string, readonly string[]>();
  for (const [name, { command }] of Object.entries(compose.services)) {
    if (command?.[0] === 'lovage') lines.set(`docker-compose.yml: ${name}`, command.slice(1));
  }
  for (const line of readFileSync(join(HOME, 'Procfile'), 'utf8').split('\n')) {
    const [, name, command] = /^(\w+): lovage (.*)$/.exec(line) ?? [];
    if (name && command) lines.set(`Procfile: ${name}`, command.split(' '));
  }
  for (const worker of ['light', 'heavy']) {
    const [, options] = /^OPTIONS=(.*)$/m.exec(text(`systemd/worker-${worker}.env`))!;
    const command = execStart('clinic-worker@.service').replaceAll('%%', '%').replaceAll('%i', worker);
    lines.set(`systemd: worker ${worker}`, command.replace('$OPTIONS', options!).split(' ').slice(1));
  }
  lines.set('systemd: beat', execStart('clinic-beat.service').split(' ').slice(1));
  return lines;
}

const execStart = (unit: string): string => /^ExecStart=(.*)$/m.exec(text(`systemd/${unit}`))![1]!;

suite('deployment', { concurrency: true }, () => {
  test('the command line takes every command', async () => {
    const lines = commandLines();
    assert.equal(lines.size, 9, 'two workers and beat, in three forms');
    for (const [name, argv] of lines) {
      const program = buildProgram();
      const command = program.commands.find((each) => each.name() === argv[0]);
      assert.ok(command, `${name}: ${argv[0]} is no command`);
      let taken = false;
      command.action(() => {
        taken = true;
      });
      await program
        .parseAsync([...argv], { from: 'user' })
        .catch((error: Error) => assert.fail(`${name}: ${error.message}`));
      assert.ok(taken, name);
    }
  });

  test('docker-compose.yml names what is there', () => {
    const { services, volumes } = compose;
    for (const name of ['app', 'worker-light', 'worker-heavy', 'beat', 'dashboard', 'redis'])
      assert.ok(services[name], name);
    for (const [name, service] of Object.entries(services)) {
      assert.ok(service.image, `${name} has an image`);
      for (const other of Object.keys(service.depends_on ?? {}))
        assert.ok(services[other], `${name}: ${other}`);
      for (const volume of service.volumes ?? [])
        assert.ok(volume.split(':')[0]! in volumes, `${name}: ${volume}`);
      if (!service.build) continue;
      const context = join(DEPLOY, service.build.context);
      assert.ok(
        existsSync(join(context, 'package-lock.json')) && existsSync(join(context, service.build.dockerfile)),
      );
    }
    const reads = globSync('src/**/*.ts', { cwd: HOME }).map((file) =>
      readFileSync(join(HOME, file), 'utf8'),
    );
    const known = new Set(
      reads.flatMap((source) => [...source.matchAll(/\b(?:[A-Z]+_)*[A-Z]+\b/g)].map(([word]) => word)),
    );
    for (const name of Object.keys(services['app']!.environment ?? {})) {
      assert.ok(known.has(name) || name.startsWith('CELERY_'), `the clinic reads ${name}`);
    }
  });

  test('the queues of the light and the heavy worker are all that there are', () => {
    const queues = (prefix: string) =>
      [...commandLines()]
        .filter(([name, argv]) => name.startsWith(prefix) && argv.includes('-Q'))
        .flatMap(([, argv]) => argv[argv.indexOf('-Q') + 1]!.split(','))
        .sort();
    for (const prefix of ['docker-compose.yml', 'Procfile', 'systemd']) {
      assert.deepEqual(queues(prefix), ['clinic', 'emails', 'reports'], prefix);
    }
  });

  const noSystemd = spawnSync('systemd-analyze', ['--version']).error ? 'systemd-analyze is not here' : false;
  test('systemd can read its units', { skip: noSystemd }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'lovage-units-'));
    t.after(() => rmSync(folder, { recursive: true }));
    cpSync(join(DEPLOY, 'systemd'), folder, { recursive: true });
    for (const unit of globSync('*.{service,target}', { cwd: folder })) {
      // It looks whether the programs are there.
      const here = readFileSync(join(folder, unit), 'utf8').replaceAll('/srv/lovage/', REPOSITORY);
      writeFileSync(join(folder, unit), here);
    }
    const units = [
      'clinic.target',
      'clinic-web.service',
      'clinic-beat.service',
      'clinic-worker@light.service',
    ];
    const { stdout, stderr } = await promisify(execFile)('systemd-analyze', ['verify', ...units], {
      cwd: folder,
    });
    assert.deepEqual([stdout, stderr], ['', '']);
  });
});
