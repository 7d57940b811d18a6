/** An empty doorito in this process: a folder of its own, named in the environment before anything of it is imported. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

export async function freshDoorito(env: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'lovage-doorito-'));
  const uploads = join(folder, 'uploads');
  Object.assign(process.env, {
    DATABASE_URL: `sqlite:///${folder}/doorito.db`,
    UPLOADS_FOLDER: uploads,
    WEBHOOK_ALLOW_HTTP: '1',
    WEBHOOK_ALLOW_ADDRESSES: '127.0.0.1',
    LOVAGE_LOG_LEVEL: 'silent',
    ...env,
  });
  const [{ app }, { db }, { outbox }, { server }, common, portal, { prepare }] = await Promise.all([
    import('../src/app.ts'),
    import('../src/database.ts'),
    import('../src/outbox.ts'),
    import('../src/web/server.ts'),
    import('../src/tasks/common.ts'),
    import('../src/tasks/portal.ts'),
    import('../src/prepare.ts'),
  ]);
  await prepare();
  after(async () => {
    await app.close();
    await db.destroy();
    rmSync(folder, { recursive: true, force: true });
  });
  const upload = (
    body: string | Uint8Array<ArrayBuffer> | ReadableStream,
    type: string,
    query = '?name=a.txt',
  ) =>
    server.request(`/files${query}`, {
      method: 'POST',
      body,
      headers: { 'content-type': type },
      duplex: 'half',
    } as RequestInit);
  return { app, db, outbox, server, uploads, upload, tasks: { ...common, ...portal } };
}
