/** The clinic end to end: HTTP calls, worker processes, mails over SMTP, a CRM and a bank, rows, on both databases. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, suite } from 'node:test';
import {
  type PostgresServer,
  postgresDatabase,
  requireService,
  startPostgres,
} from '../../../tools/services.ts';
import { deskTests } from './desk.ts';
import { goodsTests } from './goods.ts';
import { peopleTests } from './people.ts';
import { type Clinic, openClinic, type Stores } from './stage.ts';

suite('the clinic', { concurrency: true }, () => {
  clinicTests('on SQLite, by one command', false, true, (folder) => ({
    broker: `sqlite:///${join(folder, 'tasks.db')}`,
    database: `sqlite:///${join(folder, 'clinic.db')}`,
  }));

  const skip = requireService('postgres');
  let server: PostgresServer | undefined;
  after(() => server?.stop());
  clinicTests('on PostgreSQL', skip, false, async () => {
    server = await startPostgres();
    const database = await postgresDatabase(server, `clinic_${process.pid}`);
    return { broker: database, database };
  });
});

function clinicTests(
  name: string,
  skip: string | false,
  together: boolean,
  stores: (folder: string) => Stores | Promise<Stores>,
): void {
  suite(name, { skip, concurrency: true, timeout: 240_000 }, () => {
    let opened: Promise<Clinic> | undefined;
    /** One clinic for all. */
    const clinic = () => {
      opened ??= begin();
      return opened;
    };
    async function begin(): Promise<Clinic> {
      const clinic = await openClinic(stores, together);
      const { json } = await clinic.call('POST', '/notices', { subject: 'Closed', text: 'on Friday' });
      const pdf = await clinic.call('POST', '/pdfs', { title: 'First', pages: 1 });
      const debug = await clinic.caller.sendTask('clinic.debug_task', { queue: 'clinic' });
      assert.ok(debug.id && pdf.status === 202);
      if (together) return clinic;
      // Before there is a worker what waits can be seen.
      const { broker } = await clinic.caller.drivers();
      const depths = await broker.depth(['clinic', 'emails', 'reports']);
      assert.deepEqual(
        depths.map(({ ready }) => ready),
        [1, json.tasks.length, 1],
        'routes by glob',
      );
      await clinic.worker();
      return clinic;
    }
    after(async () => {
      const stage = await opened;
      try {
        const codes = await stage?.close();
        assert.deepEqual(codes, together ? [0] : [0, 0], 'all ended well');
      } finally {
        stage?.kill();
      }
    });
    peopleTests(clinic);
    goodsTests(clinic);
    deskTests(clinic);
  });
}
