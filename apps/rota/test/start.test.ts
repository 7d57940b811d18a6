/** `npm start -w apps/rota`: all that its Procfile names, from one command, with one log. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startLovage } from '../../../tools/lovage-process.ts';
import { freePort } from '../../../tools/services/ports.ts';
import { SEED_PASSWORD } from '../src/database/seed.ts';

const ROTA = fileURLToPath(new URL('..', import.meta.url));

test('npm start: an invitation over HTTP is a mail in the log, and its link leads back', async (t) => {
  const { scripts } = JSON.parse(readFileSync(join(ROTA, 'package.json'), 'utf8'));
  assert.equal(scripts.start, 'NODE_OPTIONS=--conditions=lovage-source lovage dev -p 3000');
  const folder = mkdtempSync(join(tmpdir(), 'lovage-rota-start-'));
  const [port, smtp] = [await freePort(), await freePort()];
  const site = `http://127.0.0.1:${port}`;
  const env = {
    NODE_OPTIONS: '--conditions=lovage-source',
    DATABASE_URL: `sqlite:///${join(folder, 'rota.db')}`,
    CELERY_BROKER_URL: `sqlite:///${join(folder, 'queue.db')}`,
    ROTA_SECRET: 'a secret for tests, of 32 characters and more',
    SITE_URL: site,
    SMTP_URL: `smtp://127.0.0.1:${smtp}`,
  };
  const all = await startLovage(['dev', '--no-color', '-p', String(port)], {
    cwd: ROTA,
    env,
    ready: /^worker +\| .* ready\.$/,
  });
  t.after(async () => {
    await all.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  await all.says(/^web +\| rota listens on /);
  await all.says(/^mail +\| mails go nowhere/);
  await all.says(/^beat +\| .*beat: leads/);
  const headers = {
    authorization: `Basic ${btoa(`ada@hospital.example:${SEED_PASSWORD}`)}`,
    'content-type': 'application/json',
  };
  const body = JSON.stringify({ email: 'ines@hospital.example', name: 'Ines' });
  assert.equal((await fetch(`${site}/invitations`, { method: 'POST', headers, body })).status, 201);
  await all.says(/^mail +\| to ines@hospital\.example: Your invitation to the rota$/);
  const [, link = ''] = await all.says(/^mail +\| +(http\S+\/invitations\/\S+)$/);
  assert.match(await (await fetch(link)).text(), /Open your account/);
  assert.match(await (await fetch(site, { headers })).text(), /tasks\.email_tasks\.send_invitation_email/);
  assert.equal(await all.stop(), 0, all.said());
});
