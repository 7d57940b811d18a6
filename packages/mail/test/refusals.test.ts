/** What is no mail is refused before anything is sent. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readMailbox } from '../src/address.ts';
import { InvalidMail, type Mail, Mailer, mailBackoff, Templates } from '../src/index.ts';
import { mustEncrypt } from '../src/smtp-url.ts';
import { memoryStore } from './memory-store.ts';

const mailer = new Mailer({
  url: 'smtp://127.0.0.1:1',
  from: 'Rota <rota@hospital.example>',
  sent: memoryStore(),
  limits: { maxRecipients: 2, maxBytes: 100 },
});
const good: Mail = { subject: 'Hello', message: 'Hi', recipientList: ['ann@example.com'] };

suite('refused', () => {
  const cases: readonly [what: string, mail: object, error: RegExp][] = [
    [
      'a subject of two lines',
      { subject: 'Hi\r\nBcc: eve@evil.example' },
      /^subject has the control character U\+000D at 2: a header is one line/,
    ],
    ['a subject with a zero', { subject: 'Hi\0' }, /^subject has the control character U\+0000 at 2/],
    [
      'a recipient with a header behind it',
      { recipientList: ['ann@example.com\nBcc: eve@evil.example'] },
      /^recipient_list\[0\] has the control character U\+000A/,
    ],
    [
      'a sender with a header in the name',
      { fromEmail: 'Ann\r\nX: y <ann@example.com>' },
      /^from_email has the control character U\+000D/,
    ],
    [
      'two recipients in one',
      { recipientList: ['ann@example.com, eve@evil.example'] },
      /^recipient_list\[0\] is "ann@example.com, eve@evil.example": write one address/,
    ],
    [
      'an address in quotes',
      { recipientList: ['"a@evil.example x"@example.com'] },
      /^recipient_list\[0\] is /,
    ],
    ['no address', { recipientList: ['ann'] }, /^recipient_list\[0\] is "ann": write one address/],
    [
      'a list that is none',
      { recipientList: 'ann@example.com' },
      /^recipient_list is a string: it must be a list/,
    ],
    ['nobody', { recipientList: [] }, /^recipient_list is empty/],
    [
      'too many',
      { recipientList: ['a@b.c', 'b@b.c', 'c@b.c'] },
      /^recipient_list has 3 addresses, 2 at most/,
    ],
    ['what is missing', { subject: undefined }, /^subject is missing: it must be text/],
    ['too much', { message: 'é'.repeat(51) }, /^message and html_message have 102 bytes, 100 at most/],
    ['a long subject', { subject: 'x'.repeat(999) }, /^subject has 999 characters, 998 at most/],
  ];
  for (const [what, change, error] of cases) {
    test(what, async () => {
      await assert.rejects(mailer.send({ ...good, ...change } as Mail, { key: what }), (thrown) => {
        assert.ok(thrown instanceof InvalidMail);
        assert.match(thrown.message, error);
        return true;
      });
    });
  }

  test('a URL that is none of SMTP, without its password', () => {
    const made = (url: string) => () => new Mailer({ url, from: 'a@b.c', sent: memoryStore() });
    assert.throws(
      made('http://me:secret@host'),
      /^Error: the URL of the mail server begins with http:: write smtp/,
    );
    assert.throws(made('host:25 secret'), (error: Error) => !error.message.includes('secret'));
  });
});

test('a password is told over TLS alone, but on this machine', () => {
  const urls = [
    'smtp://me:secret@mail.example',
    'smtps://me:secret@mail.example',
    'smtp://mail.example',
    'smtp://me:x@127.0.0.1:25',
    'smtp://me:x@localhost',
    'smtp://me:x@[::1]',
  ];
  assert.deepEqual(urls.map(mustEncrypt), [true, false, false, false, false, false]);
});

test('addresses are read with their names', () => {
  assert.deepEqual(readMailbox(' Ann "Q" <ann.q+rota@mail.example.com>', 'x'), {
    name: 'Ann "Q"',
    address: 'ann.q+rota@mail.example.com',
  });
  assert.deepEqual(readMailbox('"Quill, Ann" <a@b.c>', 'x'), { name: 'Quill, Ann', address: 'a@b.c' });
  assert.deepEqual(readMailbox('jörg@bücher.example', 'x'), { name: '', address: 'jörg@bücher.example' });
});

test('waits are 1, 2, 4, 8 … 600 s, a tenth more or less, and never longer', () => {
  const nominal = [0, 1, 2, 3, 4, 9, 10, 2000].map((retries) => mailBackoff(retries, () => 0.5));
  assert.deepEqual(nominal, [1, 2, 4, 8, 16, 512, 600, 600]);
  assert.equal(
    mailBackoff(2, () => 0),
    3.6,
  );
  assert.equal(mailBackoff(2, () => 0.999999).toFixed(1), '4.4');
  assert.equal(
    mailBackoff(12, () => 0.999999),
    600,
  );
  // The least that five of them can be, for a mail server that is away for 20 s.
  assert.ok([0, 1, 2, 3, 4].reduce((sum, retries) => sum + mailBackoff(retries, () => 0), 0) > 25);
});

suite('templates', () => {
  const templates = new Templates(new URL('templates/', import.meta.url));

  test('escape what is put in, in text and in attributes', async () => {
    const { html, text } = await templates.render('welcome', {
      name: '<b>Ann</b> & "Co"',
      link: 'https://x.example/?a=1&b="><script>',
    });
    assert.match(html, /Dear &lt;b&gt;Ann&lt;\/b&gt; &amp; &#34;Co&#34;,/);
    assert.match(html, /href="https:\/\/x\.example\/\?a=1&amp;b=&#34;&gt;&lt;script&gt;"/);
    assert.match(text, /^Dear <b>Ann<\/b> & "Co",\n/, 'as text it is read, not interpreted');
  });

  test('text of its own is not escaped', async () => {
    assert.equal((await templates.render('plain', { name: 'A & B' })).text, 'Only for A & B\n');
  });

  test('what is wrong is said', async () => {
    const fails = (name: unknown, context: unknown, error: RegExp) =>
      assert.rejects(
        templates.render(name as string, context as object as Record<string, unknown>),
        (thrown) => {
          assert.ok(thrown instanceof InvalidMail);
          assert.match(thrown.message, error);
          return true;
        },
      );
    await fails('../secrets', {}, /^template_name is "\.\.\/secrets": write the name/);
    await fails('/etc/passwd', {}, /^template_name is/);
    await fails(7, {}, /^template_name is a number/);
    await fails('nowhere', {}, /^there is no template nowhere\.html$/);
    await fails('welcome', { link: 'x' }, /^template welcome: .*undefined variable: name/);
    await fails(
      'welcome',
      { name: 'x', link: Object.create({ secret: 1 }) && undefined },
      /undefined variable: link/,
    );
    await fails('welcome', [], /^context is a list/);
  });
});
