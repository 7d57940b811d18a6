import { DriverError } from '@lovage/contracts';
import type { Database } from '@lovage/postgres/kit';

export interface Column {
  readonly name: string;
  /** A row cannot be made without saying it. */
  readonly needed: boolean;
}

/** The tables that a migration of Django made, as the first of the search path has them: columns by table. */
export async function columnsOf(
  database: Database,
  tables: readonly string[],
): Promise<ReadonlyMap<string, readonly Column[]>> {
  return database.withClient(async (client) => {
    const { rows } = await client.query<{ readonly table: string } & Column>(
      `select c.relname as table, a.attname as name,
          a.attnotnull and not a.atthasdef and a.attidentity = '' as needed
        from unnest($1::text[]) as n(name) join pg_class c on c.oid = to_regclass(n.name)
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped`,
      [tables],
    );
    const found = new Map<string, Column[]>();
    for (const { table, name, needed } of rows)
      found.set(table, [...(found.get(table) ?? []), { name, needed }]);
    return found;
  }, true);
}

/**
 * Refuses a database in which a table or column is missing: only Django's migrations make or change them.
 * @param app Its name for people, and the oldest version that will do: `django-celery-results 2.3`
 */
export function requireColumns(
  database: Pick<Database, 'label'>,
  found: ReadonlyMap<string, readonly Column[]>,
  wanted: Readonly<Record<string, readonly string[]>>,
  app: `${string} ${string}`,
): void {
  const label = app.split(' ')[0]!.replaceAll('-', '_');
  for (const [table, columns] of Object.entries(wanted)) {
    const there = found.get(table)?.map(({ name }) => name);
    const missing = there && columns.find((column) => !there.includes(column));
    if (there && !missing) continue;
    const what = missing ? `the table ${table} has no column ${missing}` : `there is no table ${table}`;
    throw new DriverError(
      'refused',
      `${database.label}: ${what}. Django's migrations make these tables: install ${app} or later, ` +
        `add '${label}' to INSTALLED_APPS, and run \`manage.py migrate ${label}\`` +
        `${there ? '' : '. Check the database in the URL too, and the search_path of its user'}`,
    );
  }
}
