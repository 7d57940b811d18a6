/** A look at kombu's tables in PostgreSQL past every library of ours. */
import { Client } from 'pg';

/** A row of `kombu_message`, with the name of its queue. */
export interface KombuMessageRow {
  readonly id: number;
  readonly visible: boolean;
  readonly timestamp: string | null;
  readonly payload: string;
  readonly version: number;
  readonly queue: string;
}

export class KombuTables {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  /** @param url of the server, without `sqla+` */
  static async open(url: string): Promise<KombuTables> {
    const client = new Client({ connectionString: url });
    client.on('error', () => {});
    await client.connect();
    return new KombuTables(client);
  }

  async query<Row>(text: string): Promise<Row[]> {
    return (await this.#client.query(text)).rows as Row[];
  }

  messages(): Promise<KombuMessageRow[]> {
    return this.query(
      `select m.id, m.visible, m."timestamp"::text, m.payload, m.version, q.name as queue
        from kombu_message m join kombu_queue q on q.id = m.queue_id order by m.id`,
    );
  }

  /** What there is in a schema, but for what Lovage adds, each in a line as PostgreSQL says it; the schema's name left out. */
  async definitions(schema: string): Promise<string[]> {
    const lines = await this.query<{ line: string }>(`
      select format('column %s.%s %s %s %s', table_name, column_name, data_type, character_maximum_length, is_nullable)
          || coalesce(' default ' || column_default, '') || ' at ' || ordinal_position as line
        from information_schema.columns where table_schema = '${schema}' and table_name not like 'lovage%'
      union all
      select format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
        from pg_constraint where connamespace = '${schema}'::regnamespace and conrelid::regclass::text not like '%lovage%'
      union all
      select indexdef from pg_indexes where schemaname = '${schema}' and indexname not like 'lovage%'
          and tablename not like 'lovage%'
      union all
      select format('sequence %s %s %s %s %s %s %s %s', sequencename, data_type, start_value, min_value, max_value,
          increment_by, cycle, cache_size)
        from pg_sequences where schemaname = '${schema}' and sequencename not like 'lovage%'
      union all
      select format('trigger %s', tgname) from pg_trigger t join pg_class c on c.oid = t.tgrelid
        where c.relnamespace = '${schema}'::regnamespace and not tgisinternal
      order by 1`);
    return lines.map(({ line }) => line.replaceAll(`${schema}.`, ''));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.end();
  }
}
