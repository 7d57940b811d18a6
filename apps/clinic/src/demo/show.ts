import { buildReport } from '../tasks/reports.ts';
import { checkUpload, notifyAll, onboard } from '../workflows.ts';
import { follow } from './follow.ts';
import { APPOINTMENTS, DOCTORS, NOTICE, QUACK } from './people.ts';
import type { Section } from './screen.ts';

/** Sends everything that the demo shows. Answers the picture of it, and promises of what will come of it. */
export async function startShow() {
  const onboardings = await Promise.all(
    [...DOCTORS, QUACK].map(async (doctor) =>
      follow(
        doctor.name,
        ['account', 'CRM', 'welcome e-mail'],
        await onboard(doctor).delay(),
        ({ account, revision }) => `account ${account}, CRM revision ${revision}`,
      ),
    ),
  );
  const notice = follow(
    'all doctors',
    ['e-mails'],
    await notifyAll(DOCTORS, NOTICE).delay(),
    (messageIds) => `${messageIds.length} e-mails`,
  );
  const upload = follow(
    'december.csv',
    ['rows looked at', 'letter to the admin'],
    await checkUpload('december.csv', APPOINTMENTS).delay(),
    ({ taken, wrong }) => `${taken} taken, ${wrong.length} wrong`,
  );
  const reports = [
    follow('Yearly report', ['40 pages'], await buildReport.delay('Yearly report', 40), toldPages),
    follow('Monthly report', ['15 pages'], await buildReport.delay('Monthly report', 15), toldPages),
  ];
  const sections: readonly Section[] = [
    {
      title: 'Onboarding, a chain: each step gets what the one before returned',
      lines: linesOf(onboardings),
    },
    { title: 'Notice, a group: an e-mail to each doctor, all at once', lines: [notice.line] },
    { title: 'Upload, a chord: a task for each row, then one for all', lines: [upload.line] },
    { title: 'Report, a task that says how far it is', lines: linesOf(reports) },
  ];
  return {
    sections,
    /** What came of all of it: undefined stands for a failure. */
    ended: async () => ({
      onboarded: await Promise.all(onboardings.map(({ value }) => value)),
      notified: await notice.value,
      upload: await upload.value,
      reports: await Promise.all(reports.map(({ value }) => value)),
    }),
  };
}

export type Show = Awaited<ReturnType<typeof startShow>>;
export type Ended = Awaited<ReturnType<Show['ended']>>;

const toldPages = ({ pages }: { readonly pages: number }) => `${pages} pages`;

const linesOf = (followed: readonly { readonly line: Section['lines'][number] }[]) =>
  followed.map(({ line }) => line);
