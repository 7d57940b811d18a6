import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DriverError, type DriverOptions } from '@lovage/contracts';
import { driver } from '@lovage/kombu-sql';
import { readKombuOptions } from '../src/options.ts';
import { renamer } from '../src/tables/names.ts';

function refusal(pattern: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof DriverError, String(error));
    assert.equal(error.code, 'refused');
    assert.match(error.message, pattern);
    return true;
  };
}

const create =
  (url: string, options: DriverOptions = {}) =>
  () =>
    driver.create(url, options);

describe('kombu-sql: URLs and options', () => {
  test("SQLAlchemy's spellings of PostgreSQL are the same server", () => {
    for (const scheme of ['sqla+postgresql', 'sqla+postgresql+psycopg2', 'sqlalchemy+postgresql+pg8000']) {
      assert.ok(driver.schemes.includes(scheme));
      const { configured } = readKombuOptions(`${scheme}://u:p@h:5433/d?sslmode=require`, {});
      assert.equal(configured.connectionString, 'postgresql://u:p@h:5433/d?sslmode=verify-full');
    }
    assert.equal(driver.create('sqla+postgresql://u:s3cret@h/d', {}).label, 'sqla+postgresql://u:**@h/d');
  });

  test('another engine is refused, and its password not told', () => {
    for (const url of ['sqla+sqlite:///x.db', 'sqla+mysql://u:s3cret@h/d', 'postgresql://u:s3cret@h/d']) {
      assert.throws(create(url), refusal(/PostgreSQL is supported alone.*sqla\+postgresql:\/\//));
      assert.throws(create(url), (error: Error) => !error.message.includes('s3cret'));
    }
  });

  test('names of tables are taken as Celery names them, and nothing that would need quotes', () => {
    const { names } = readKombuOptions('sqla+postgresql://h/d', {
      transport: { queue_tablename: 'q', message_tablename: 'm', pool_size: 2 },
    });
    assert.deepEqual(names, { queue: 'q', message: 'm' });
    for (const name of ['Messages', 'a b', 'x; drop table y', '1st', '', 'x'.repeat(41), 7]) {
      assert.throws(
        create('sqla+postgresql://h/d', { transport: { message_tablename: name } }),
        refusal(/message_tablename is .*must be up to 40/),
      );
    }
    assert.throws(
      create('sqla+postgresql://h/d', { transport: { queue_tablename: 'kombu_message' } }),
      refusal(/both kombu_message/),
    );
    assert.throws(
      create('sqla+postgresql://h/d', { transport: { mesage_tablename: 'm' } }),
      refusal(/no option mesage_tablename\. Did you mean message_tablename\?/),
    );
    assert.throws(create('sqla+postgresql://h/d', { transport: { echo: true } }), refusal(/no option echo/));
  });

  test('other names reach statements whole, and not the names that kombu keeps', () => {
    const rename = renamer({ queue: 'q', message: 'm' });
    assert.equal(
      rename(`kombu_queue "kombu_message" lovage_kombu_message_held ix_kombu_message_visible
        ix_kombu_message_timestamp ix_kombu_message_timestamp_id "FK_kombu_message_queue"`),
      `q "m" lovage_m_held ix_m_visible
        ix_m_timestamp ix_kombu_message_timestamp_id "FK_kombu_message_queue"`,
    );
  });
});
