import { isProduction } from '../environment.ts';
import { hashPassword } from '../services/passwords.ts';
import { database } from './index.ts';

/** Everybody's in the seeded database. */
export const SEED_PASSWORD = 'rota-in-development';

const PEOPLE: readonly [name: string, email: string | null, admin: boolean][] = [
  ['Ada Quill', 'ada@hospital.example', true],
  ['Bo Salk', 'bo@hospital.example', true],
  ['Chiyo Endo', 'chiyo@hospital.example', false],
  ['Dara Okafor', 'dara@hospital.example', false],
  ['Emil Noor', 'emil@hospital.example', false],
  // An account that never said where to write to.
  ['Fay Lund', null, false],
];

/** A small hospital, where there is none yet: two administrators, five clinicians, one of them without an account. @throws Error in production */
export async function seed(): Promise<boolean> {
  if (isProduction())
    throw new Error('the seed has passwords that everybody knows: it is not for production');
  const db = await database();
  const password = await hashPassword(SEED_PASSWORD);
  return db.transaction().execute(async (tx) => {
    if (await tx.selectFrom('account').select('id').limit(1).executeTakeFirst()) return false;
    for (const [name, email, admin] of PEOPLE) {
      const { id } = await tx
        .insertInto('account')
        .values({ name, email, is_admin: admin ? 1 : 0, is_active: 1, password_hash: password })
        .returning('id')
        .executeTakeFirstOrThrow();
      if (!admin) await tx.insertInto('clinician').values({ name, account_id: id }).execute();
      if (name === 'Bo Salk')
        await tx
          .insertInto('admin_preference')
          .values({ account_id: id, email_type: 'operational', wanted: 0 })
          .execute();
    }
    await tx.insertInto('clinician').values({ name: 'Gus Locum', account_id: null }).execute();
    await tx
      .insertInto('rota')
      .values({ name: 'December', first_day: '2026-12-01', last_day: '2026-12-14', state: 'draft' })
      .execute();
    return true;
  });
}
