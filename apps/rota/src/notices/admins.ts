import type { Database } from '../database/index.ts';
import type { EmailType } from '../database/schema.ts';

export interface Person {
  readonly id: number;
  readonly name: string;
  readonly email: string;
}

/** The administrators who want to be told of this, as each of them has chosen. */
export async function adminsWanting(db: Database, type: EmailType): Promise<Person[]> {
  const rows = await db
    .selectFrom('account')
    .leftJoin('admin_preference', (join) =>
      join.onRef('admin_preference.account_id', '=', 'account.id').on('email_type', '=', type),
    )
    .select(['account.id', 'account.name', 'account.email'])
    .where('is_admin', '=', 1)
    .where('is_active', '=', 1)
    .where(({ eb, or }) => or([eb('wanted', 'is', null), eb('wanted', '=', 1)]))
    .orderBy('account.id')
    .execute();
  return rows.flatMap(({ id, name, email }) => (email === null ? [] : [{ id, name, email }]));
}
