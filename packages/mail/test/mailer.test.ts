/** Mails over real SMTP, and what is noted of them in both databases. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { openDatabase } from '@lovage/kysely';
import type { Kysely } from 'kysely';
import {
  type PostgresServer,
  postgresDatabase,
  type ReceivedMail,
  requireService,
  type SmtpOptions,
  startPostgres,
  startSmtp,
} from '../../../tools/services.ts';
import {
  type Mail,
  Mailer,
  MailRefused,
  MailUnavailable,
  type SentStore,
  sqlSentStore,
} from '../src/index.ts';
import type { SentTables } from '../src/sent/tables.ts';

const mail: Mail = {
  subject: 'Dienstplan für März ✓',
  message: 'Good morning.\n.\nA line with one dot above.',
  recipientList: ['Ann Quill <ann@example.com>', 'bo@example.com', 'ann@example.com'],
  htmlMessage: '<p>Good morning.</p>',
};

suite('on SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lovage-mail-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  exam(async () => `sqlite:///${join(folder, 'mail.db')}`);
});

suite('on PostgreSQL', { skip: requireService('postgres') }, () => {
  let server: PostgresServer;
  let url: string;
  before(async () => {
    server = await startPostgres();
    url = await postgresDatabase(server, 'mail');
  });
  after(() => server.stop());
  exam(async () => url);
});

function exam(urlOf: () => Promise<string>): void {
  let sent: SentStore;
  let db: Kysely<SentTables>;
  before(async () => {
    db = openDatabase<SentTables>(await urlOf());
    sent = sqlSentStore(db);
  });
  after(() => db.destroy());

  test('a mail arrives as it was written, once for each key', async () => {
    await using world = await start(sent);
    const first = await world.mailer.send(mail, { key: 'once' });
    const [arrived] = world.mails as [ReceivedMail];
    assert.deepEqual(
      { ...arrived, raw: '', html: arrived.html?.trim() },
      {
        from: 'rota@hospital.example',
        recipients: ['ann@example.com', 'bo@example.com'],
        subject: mail.subject,
        text: mail.message,
        html: mail.htmlMessage,
        messageId: first.messageId,
        raw: '',
      },
    );
    assert.match(arrived.raw, /^From: Rota <rota@hospital\.example>\r?$/m);
    assert.match(arrived.raw, /^To: Ann Quill <ann@example\.com>, bo@example\.com\r?$/m);
    assert.deepEqual([first.sent, first.duplicate], [['ann@example.com', 'bo@example.com'], false]);

    const again = await world.mailer.send(mail, { key: 'once' });
    assert.deepEqual(again, { ...first, duplicate: true });
    assert.equal(world.mails.length, 1);
    assert.notEqual((await world.mailer.send(mail, { key: 'another' })).messageId, first.messageId);
    assert.equal(world.mails.length, 2);
  });

  test('who was put off is sent it later, and nobody else again', async () => {
    let away = true;
    await using world = await start(sent, {
      recipient: (address) => (away && address.startsWith('bo@') ? '450 come back later' : undefined),
    });
    await assert.rejects(world.mailer.send(mail, { key: 'later' }), (error) => {
      assert.ok(error instanceof MailUnavailable);
      assert.match(error.message, /^bo@example\.com: the mail server answered: 450 come back later$/);
      return true;
    });
    away = false;
    const { sent: all, duplicate } = await world.mailer.send(mail, { key: 'later' });
    assert.deepEqual([[...all].sort(), duplicate], [['ann@example.com', 'bo@example.com'], false]);
    assert.deepEqual(
      world.mails.map(({ recipients }) => recipients),
      [['ann@example.com'], ['bo@example.com']],
    );
    assert.match(world.mails[1]!.raw, /^To: Ann Quill <ann@example\.com>, bo@example\.com\r?$/m);
    assert.equal(new Set(world.mails.map(({ messageId }) => messageId)).size, 1);
  });

  test('who is refused is told of, and asked for no more', async () => {
    let asked = 0;
    await using world = await start(sent, {
      recipient: (address) => {
        if (!address.startsWith('bo@')) return undefined;
        asked += 1;
        return '550 no such user';
      },
    });
    const told = await world.mailer.send(mail, { key: 'partly' });
    assert.deepEqual(told.sent, ['ann@example.com']);
    assert.deepEqual(told.refused, [
      { address: 'bo@example.com', reason: 'the mail server answered: 550 no such user' },
    ]);
    assert.deepEqual(await world.mailer.send(mail, { key: 'partly' }), { ...told, duplicate: true });
    assert.deepEqual([asked, world.mails.length], [1, 1]);

    const only = { ...mail, recipientList: ['bo@example.com'] };
    await assert.rejects(world.mailer.send(only, { key: 'none' }), MailRefused);
    await assert.rejects(world.mailer.send(only, { key: 'none' }), MailRefused);
    assert.equal(asked, 2, 'it said so once for this mail');
  });

  test('an answer to the mail itself: 4xx is for now, 5xx for good', async () => {
    let answer = '451 greylisted';
    await using world = await start(sent, { data: () => answer });
    await assert.rejects(
      world.mailer.send(mail, { key: 'data' }),
      (error) => error instanceof MailUnavailable && /451 greylisted/.test(error.message),
    );
    answer = '554 spam';
    await assert.rejects(
      world.mailer.send(mail, { key: 'data' }),
      (error) => error instanceof MailRefused && /554 spam/.test(error.message),
    );
    assert.deepEqual(world.warnings, [], 'answered is not uncertain');
  });

  test('a server that is away, and one that took it and never said so: the repeat is known and counted', async () => {
    let quiet = true;
    await using world = await start(sent, { data: () => (quiet ? 'hang up' : undefined) });
    const before = await sent.repeats();
    const one = { ...mail, recipientList: ['ann@example.com'] };
    await assert.rejects(world.elsewhere.send(one, { key: 'lost' }), MailUnavailable);
    await assert.rejects(world.mailer.send(one, { key: 'lost' }), MailUnavailable);
    assert.equal(await sent.repeats(), before, 'where nothing listens, nothing can have been taken');
    quiet = false;
    await world.mailer.send(one, { key: 'lost' });
    assert.equal(world.mails.length, 2, 'it came twice');
    assert.equal(world.mails[0]!.messageId, world.mails[1]!.messageId, 'and can be told by its id');
    assert.equal(await sent.repeats(), before + 1);
    assert.match(
      world.warnings.join('\n'),
      /^mail lost: a try ended without a word, so 1 of 1 may get it twice$/,
    );
  });

  test('of two that send one mail at once the second waits, unless the first has long been silent', async () => {
    await using world = await start(sent);
    await sent.begin('both', ['ann@example.com'], 'first');
    const second = () => world.mailer.send(mail, { key: 'both', owner: 'second' });
    await assert.rejects(
      second(),
      /^MailUnavailable: mail both is being sent by another task at this moment$/,
    );
    assert.equal(world.mails.length, 0, 'to nobody, also not to the one of whom nothing was noted');
    await sent.end('both', [{ address: 'ann@example.com', state: 'sent' }]);
    assert.deepEqual((await second()).sent, ['ann@example.com', 'bo@example.com']);
    assert.deepEqual(
      world.mails.map(({ recipients }) => recipients),
      [['bo@example.com']],
    );

    const before = await sent.repeats();
    await sent.begin('silent', ['ann@example.com'], 'first');
    await db
      .updateTable('lovage_mail_sent')
      .set({ noted_at: '2026-01-01T00:00:00.000Z' })
      .where('key', '=', 'silent')
      .execute();
    assert.equal((await world.mailer.send(mail, { key: 'silent', owner: 'second' })).sent.length, 2);
    assert.equal(await sent.repeats(), before + 1, 'it may be a repeat');
  });

  test('what is long past is forgotten', async () => {
    await using world = await start(sent);
    await world.mailer.send(mail, { key: 'old' });
    assert.equal(await sent.forget(new Date(Date.now() - 60_000)), 0);
    assert.ok((await sent.forget(new Date(Date.now() + 60_000))) >= 2);
    assert.equal((await world.mailer.send(mail, { key: 'old' })).duplicate, false);

    const old = {
      state: 'sent',
      owner: 'x',
      tries: 1,
      repeats: 0,
      reason: null,
      noted_at: '2020-01-01T00:00:00.000Z',
    } as const;
    await db
      .insertInto('lovage_mail_sent')
      .values({ key: 'older', address: 'ann@example.com', ...old })
      .execute();
    await sqlSentStore(db).begin('another', ['ann@example.com'], 'x');
    const left = await db
      .selectFrom('lovage_mail_sent')
      .select('key')
      .where('noted_at', '<', '2021')
      .execute();
    assert.deepEqual(left, [], 'nobody needs to ask');
  });
}

test('what cannot be noted is told, and does not send again by failing', async () => {
  const warnings: string[] = [];
  const broken: SentStore = {
    begin: async (_, addresses) =>
      addresses.map((address) => ({ address, state: 'open', reason: null, uncertain: false })),
    end: async () => Promise.reject(new Error('the disk is full')),
    repeats: async () => 0,
    forget: async () => 0,
  };
  await using smtp = await startSmtp();
  const mailer = new Mailer({
    url: smtp.url,
    from: 'a@b.example',
    sent: broken,
    warn: (text) => warnings.push(text),
  });
  assert.equal((await mailer.send(mail, { key: 'k' })).sent.length, 2);
  assert.match(
    warnings.join(),
    /^mail k: cannot note that it was handled, so a redelivery would send it again: the disk is full$/,
  );
  const deaf: SentStore = { ...broken, begin: async () => Promise.reject(new Error('no database')) };
  const unsure = new Mailer({ url: smtp.url, from: 'a@b.example', sent: deaf });
  await assert.rejects(
    unsure.send(mail, { key: 'k' }),
    (error) =>
      error instanceof MailUnavailable && /cannot read what was sent of k: no database/.test(error.message),
  );
  assert.equal(smtp.mails.length, 1, 'nothing is sent blindly');
});

async function start(sent: SentStore, options: SmtpOptions = {}) {
  const smtp = await startSmtp(options);
  const warnings: string[] = [];
  const common = { from: 'Rota <rota@hospital.example>', sent, warn: (text: string) => warnings.push(text) };
  return {
    mails: smtp.mails,
    warnings,
    mailer: new Mailer({ ...common, url: () => smtp.url }),
    /** Nothing listens there. */
    elsewhere: new Mailer({ ...common, url: 'smtp://127.0.0.1:1' }),
    [Symbol.asyncDispose]: () => smtp.stop(),
  };
}
