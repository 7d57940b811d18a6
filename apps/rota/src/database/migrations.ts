import { isPostgres } from '@lovage/kysely';
import type { CreateTableBuilder, Kysely } from 'kysely';

type Table = CreateTableBuilder<string, string>;

export const MIGRATIONS = {
  '001-rota': {
    async up(db: Kysely<unknown>): Promise<void> {
      const id = isPostgres(db) ? 'serial' : 'integer';
      const create = (name: string) =>
        db.schema.createTable(name).addColumn('id', id, (column) => column.primaryKey()) as Table;
      const text = (table: Table, ...names: string[]): Table =>
        names.reduce<Table>((all, name) => all.addColumn(name, 'text', (column) => column.notNull()), table);
      const refers = (table: Table, name: string, to: string, needed = true): Table =>
        table.addColumn(name, 'integer', (column) => {
          const referring = column.references(`${to}.id`);
          return needed ? referring.notNull() : referring;
        });
      const flag = (table: Table, name: string): Table =>
        table.addColumn(name, 'integer', (column) => column.notNull());

      let account = text(
        create('account').addColumn('email', 'text', (column) => column.unique()),
        'name',
      );
      for (const name of ['is_admin', 'is_active']) account = flag(account, name);
      await account.addColumn('password_hash', 'text').execute();
      const preference = refers(db.schema.createTable('admin_preference') as Table, 'account_id', 'account');
      await flag(text(preference, 'email_type'), 'wanted')
        .addPrimaryKeyConstraint('admin_preference_pkey', ['account_id', 'email_type'])
        .execute();
      await refers(text(create('clinician'), 'name'), 'account_id', 'account', false).execute();
      await text(create('rota'), 'name', 'first_day', 'last_day', 'state').execute();
      const shift = text(refers(create('shift'), 'rota_id', 'rota'), 'day', 'kind');
      await refers(shift, 'clinician_id', 'clinician', false)
        .addUniqueConstraint('one_shift', ['rota_id', 'day', 'kind'])
        .execute();
      const leave = text(
        refers(create('leave_request'), 'clinician_id', 'clinician'),
        'first_day',
        'last_day',
        'reason',
        'state',
      );
      await refers(leave, 'decided_by', 'account', false).execute();
      let swap = create('swap');
      for (const [name, to] of [
        ['shift_id', 'shift'],
        ['offered_shift_id', 'shift'],
        ['requester_id', 'clinician'],
        ['target_id', 'clinician'],
      ] as const)
        swap = refers(swap, name, to);
      await refers(text(swap, 'state'), 'decided_by', 'account', false).execute();
      const invitation = refers(
        text(create('invitation'), 'email', 'name', 'expires_at'),
        'invited_by',
        'account',
      );
      await invitation.addColumn('used_at', 'text').execute();
      const reset = refers(text(create('password_reset'), 'expires_at'), 'account_id', 'account');
      await reset.addColumn('used_at', 'text').execute();
      await text(create('task_event'), 'task_id', 'name', 'state', 'detail', 'at').execute();
    },
  },
};
