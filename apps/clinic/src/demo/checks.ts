import { isDeepStrictEqual } from 'node:util';
import { ADMIN } from '../mail.ts';
import type { Mail } from './mail-server.ts';
import { APPOINTMENTS, DOCTORS, NOTICE, QUACK } from './people.ts';
import type { Ended } from './show.ts';

/** What must have arrived: a welcome and a notice for each doctor, and two letters for the administration. */
const EXPECTED: readonly Mail[] = [
  ...DOCTORS.flatMap(({ email: to }) => [
    { to, subject: 'Welcome to the clinic' },
    { to, subject: NOTICE.subject },
  ]),
  { to: ADMIN.address, subject: 'december.csv: 7 appointments taken, 3 wrong' },
  { to: ADMIN.address, subject: `Onboarding ${QUACK.name} failed` },
];

export const EXPECTED_MAILS = EXPECTED.length;

/** The CRM is busy twice for each doctor it takes. */
export const CRM_FAILURES = 2;

/** Did everything that was shown come true? Each claim, and whether it holds. */
export function checks(ended: Ended, mails: readonly Mail[], crmRequests: number): [string, boolean][] {
  const { onboarded, notified, upload, reports } = ended;
  const taken = onboarded.slice(0, DOCTORS.length);
  const asked = DOCTORS.length * (CRM_FAILURES + 1) + 1;
  return [
    [
      'Three doctors are onboarded, in the CRM at the third try.',
      taken.every((value) => value?.revision === CRM_FAILURES + 1) &&
        new Set(taken.map((value) => value?.account)).size === DOCTORS.length,
    ],
    [`${QUACK.name}, whom the CRM refused, is not.`, onboarded.at(-1) === undefined],
    [`The CRM was asked ${asked} times: what it refuses is not tried again.`, crmRequests === asked],
    [`All ${DOCTORS.length} doctors were sent the notice.`, notified?.length === DOCTORS.length],
    [
      `${APPOINTMENTS.length} appointments were looked at: rows 3, 6 and 9 are wrong.`,
      isDeepStrictEqual(
        upload?.wrong.map(({ row }) => row),
        [3, 6, 9],
      ) && upload?.taken === APPOINTMENTS.length - 3,
    ],
    [
      'Both reports are complete.',
      isDeepStrictEqual(
        reports.map((report) => report?.pages),
        [40, 15],
      ),
    ],
    [
      `${EXPECTED_MAILS} e-mails arrived over SMTP, those for the admin among them.`,
      isDeepStrictEqual(sorted(mails), sorted(EXPECTED)),
    ],
  ];
}

/** In one order, whichever came first. */
export const sorted = (mails: readonly Mail[]): readonly string[] =>
  mails.map(({ to, subject }) => `${to.padEnd(22)} ${subject}`).sort();
