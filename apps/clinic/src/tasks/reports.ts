import { setTimeout as sleep } from 'node:timers/promises';
import { app } from '../app.ts';

/** How long the clinic's old report engine takes for a page. */
const PAGE_MS = 60;

/** Writes a long report page by page and says how far it is. */
export const buildReport = app.task(
  { name: 'clinic.reports.build_report', bind: true, softTimeLimit: 120, timeLimit: 150 },
  async (self, title: string, pages: number) => {
    for (let page = 1; page <= pages; page += 1) {
      await sleep(PAGE_MS, undefined, { signal: self.signal });
      self.updateState('PROGRESS', { current: page, total: pages });
    }
    return { title, pages };
  },
);
