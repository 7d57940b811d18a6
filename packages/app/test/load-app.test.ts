import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import type { AppOptions } from '@lovage/app';
import { App, loadApp } from '@lovage/app';

const folder = mkdtempSync(join(tmpdir(), 'lovage-load-'));
mkdirSync(join(folder, 'proj'));
writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
after(() => rmSync(folder, { recursive: true }));

const make = (name: string, options: AppOptions = {}) => new App(name, { environment: {}, ...options });

const handedOver: Record<string, unknown> = {};
Object.assign(globalThis, { lovageExports: handedOver });
let modules = 0;
/** The name of a new module with these exports. It lies outside of the workspace, so the values are handed to it. */
function moduleOf(exports: Record<string, unknown>): string {
  modules += 1;
  const name = `m${modules}`;
  handedOver[name] = exports;
  const lines = Object.keys(exports).map((key) =>
    key === 'default'
      ? `export default globalThis.lovageExports.${name}.default;`
      : `export const ${key} = globalThis.lovageExports.${name}.${key};`,
  );
  writeFileSync(join(folder, 'proj', `${name}.js`), lines.join('\n'));
  return `proj/${name}`;
}
const load = (module: string, overrides = {}) => loadApp(module, overrides, folder);

suite('loadApp', () => {
  const [one, two, three] = [make('one'), make('two'), make('three')];

  test('takes the only app, or the one called app, celery or default, in this order', async () => {
    assert.equal(await load(moduleOf({ five: 5, any: one })), one);
    assert.equal(await load(moduleOf({ any: one, again: one })), one);
    assert.equal(await load(moduleOf({ any: one, default: two })), two);
    assert.equal(await load(moduleOf({ default: two, celery: three })), three);
    assert.equal(await load(moduleOf({ default: two, celery: three, app: one })), one);
    assert.equal(await load(moduleOf({ app: 'a text', celery: three })), three);
  });

  test('an export that is named is taken, by any spelling of its module', async () => {
    const module = moduleOf({ app: one, video: two });
    assert.equal(await load(`${module}:video`), two);
    assert.equal(await load(`${module.replace('/', '.')}:video`), two);
    assert.equal(await load(`${join(folder, module)}.js:video`), two);
  });

  test('says what is wrong', async () => {
    await assert.rejects(load(moduleOf({ five: 5 })), /exports no app; exported are five/);
    await assert.rejects(load(moduleOf({})), /exported are no names at all/);
    await assert.rejects(
      load(moduleOf({ a: one, b: two })),
      /several apps \(a, b\): pick one, as in proj.m\d+:a/,
    );
    await assert.rejects(
      load(`${moduleOf({ app: one })}:nope`),
      /the export nope is no app; exported are app/,
    );
    await assert.rejects(load('proj/missing'), /cannot import proj\/missing: seen from .* neither a file/);
  });

  test('an app of another copy of this package is told from no app', async () => {
    const copy = new URL('../src/app.ts?another copy', import.meta.url).href;
    const { App: Other } = (await import(copy)) as { App: typeof App };
    const module = moduleOf({ app: new Other('foreign', { environment: {} }) });
    const sentence = /the export app is an app of another copy of @lovage\/app .*npm ls @lovage\/app/;
    await assert.rejects(load(module), sentence);
    await assert.rejects(load(`${module}:app`), sentence);
  });

  test('imports the modules that the settings name, in every spelling, each once', async () => {
    writeFileSync(join(folder, 'proj', 'mail.js'), 'globalThis.lovageImported = "mail";\n');
    const here = process.cwd();
    process.chdir(folder);
    after(() => process.chdir(here));
    const app = await load(moduleOf({ app: make('imports', { imports: ['proj.mail'] }) }));
    assert.equal((globalThis as { lovageImported?: string }).lovageImported, 'mail');
    assert.deepEqual(await app.importModules(), []);
    const missing = moduleOf({ app: make('missing', { include: ['proj.nope'] }) });
    await assert.rejects(load(missing), /cannot import proj\.nope: it is neither a file .* nor a package/);
    const exported = moduleOf({ app: make('exported', { include: ['proj.mail:x'] }) });
    await assert.rejects(load(exported), /a whole module is imported, so name .*mail\.js alone/);
  });

  test('overrides settings', async () => {
    const app = await load(moduleOf({ app: make('settings', { workerConcurrency: 2 }) }), {
      workerConcurrency: 5,
    });
    assert.equal(app.conf.workerConcurrency, 5);
  });
});
