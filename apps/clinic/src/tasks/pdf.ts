import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import PDFDocument from 'pdfkit';
import { app } from '../app.ts';
import { database, now } from '../database/database.ts';
import { REPORTS_FOLDER } from '../environment.ts';

/**
 * Writes a PDF, page by page, under a temporary name, and gives it its own when it is whole. When its soft time limit passes, or it
 * is told to stop, what it has written is removed: nobody finds half a report.
 */
export const renderPdf = app.task(
  { name: 'clinic.reports.render_pdf', bind: true, softTimeLimit: 60, timeLimit: 90 },
  async (self, title: string, pages: number, pageMs: number = 0) => {
    const { id } = self.request;
    await mkdir(REPORTS_FOLDER, { recursive: true });
    const file = join(REPORTS_FOLDER, `${id}.pdf`);
    const unfinished = `${file}.part`;
    try {
      const document = new PDFDocument({ autoFirstPage: false });
      const handle = await open(unfinished, 'w');
      const written = writeAll(document, handle);
      for (let page = 1; page <= pages; page += 1) {
        await sleep(pageMs, undefined, { signal: self.signal });
        document.addPage().fontSize(18).text(title).fontSize(11).text(`Page ${page} of ${pages}`);
        self.updateState('PROGRESS', { current: page, total: pages });
      }
      document.end();
      await written;
      await rename(unfinished, file);
    } catch (error) {
      await rm(unfinished, { force: true });
      throw self.signal.aborted ? self.signal.reason : error;
    }
    const db = await database();
    const report = { title, pages, file, made_at: now() };
    await db
      .insertInto('reports')
      .values({ id, ...report })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(report))
      .execute();
    return { file, pages };
  },
);

/** Everything that the document says, on the disk. */
async function writeAll(
  document: AsyncIterable<Uint8Array>,
  handle: Awaited<ReturnType<typeof open>>,
): Promise<void> {
  try {
    for await (const chunk of document) await handle.write(chunk);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
