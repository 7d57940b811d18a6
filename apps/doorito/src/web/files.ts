import { Hono } from 'hono';
import type { UploadFile } from '../database.ts';
import { settings } from '../environment.ts';
import { pathOf, TooLarge } from '../portal/disk.ts';
import { TypeRefused } from '../portal/file-types.ts';
import { BadUpload, findUpload, iso, listUploads, removeUpload, storeUpload } from '../portal/uploads.ts';
import { openFile } from './open-file.ts';

/** What is told of a file. */
const shown = ({ id, name, content_type, size, sha256, created_at, expires_at }: UploadFile) => ({
  id,
  name,
  content_type,
  size,
  sha256,
  created_at: iso(Number(created_at)),
  expires_at: iso(Number(expires_at)),
});

const NO_FILE = { error: 'there is no such file, or its time is over' };

/** `curl --data-binary @report.pdf -H 'Content-Type: application/pdf' 'localhost:8000/files?name=report.pdf'` */
export const files = new Hono()
  .post('/', async (c) => {
    const length = c.req.header('content-length');
    if (length !== undefined && Number(length) > settings.uploadMaxBytes) throw new TooLarge();
    const body = c.req.raw.body ?? new Blob([]).stream();
    const contentType = c.req.header('content-type');
    const file = await storeUpload({ name: c.req.query('name') ?? '', contentType, body });
    return c.json(shown(file), 201);
  })
  .get('/', async (c) => c.json((await listUploads()).map(shown)))
  .get('/:id', async (c) => {
    const file = await findUpload(c.req.param('id'));
    return file ? c.json(shown(file)) : c.json(NO_FILE, 404);
  })
  .get('/:id/content', async (c) => {
    const file = await findUpload(c.req.param('id'));
    const content = file && (await openFile(pathOf(file.id)));
    if (!content) return c.json(NO_FILE, 404);
    // Never shown as a page of ours, whatever is in it.
    return c.body(content, 200, {
      'content-type': file.content_type,
      'content-length': String(file.size),
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`,
    });
  })
  .delete('/:id', async (c) => {
    const file = await findUpload(c.req.param('id'));
    if (!file) return c.json(NO_FILE, 404);
    await removeUpload(file.id);
    return c.body(null, 204);
  });

/** The status for what an upload was refused for. */
export function refusal(error: Error): 400 | 413 | 415 | undefined {
  if (error instanceof BadUpload) return 400;
  if (error instanceof TooLarge) return 413;
  return error instanceof TypeRefused ? 415 : undefined;
}
