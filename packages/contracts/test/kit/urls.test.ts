import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DriverError } from '@lovage/contracts';
import { maskUrl, parseServiceUrl, schemeOf } from '@lovage/contracts/kit';

function parsed(url: string) {
  const { query, ...rest } = parseServiceUrl(url);
  return { ...rest, query: Object.fromEntries(query) };
}

suite('service URLs', () => {
  const none = { path: '', query: {} };
  const readable: readonly (readonly [url: string, parts: ReturnType<typeof parsed>])[] = [
    ['memory://', { scheme: 'memory', hosts: [], ...none }],
    ['memory://name', { scheme: 'memory', hosts: [{ host: 'name' }], ...none }],
    ['redis://localhost', { scheme: 'redis', hosts: [{ host: 'localhost' }], ...none }],
    [
      'REDISS://us%40er:p%2Fa%3Ass@my_host:6380/2?ssl_cert_reqs=required',
      {
        scheme: 'rediss',
        username: 'us@er',
        password: 'p/a:ss',
        hosts: [{ host: 'my_host', port: 6380 }],
        path: '/2',
        query: { ssl_cert_reqs: 'required' },
      },
    ],
    [
      'redis://:secret@[::1]:6379/0',
      { scheme: 'redis', password: 'secret', hosts: [{ host: '::1', port: 6379 }], path: '/0', query: {} },
    ],
    [
      'redis+socket:///run/redis.sock?virtual_host=1',
      { scheme: 'redis+socket', hosts: [], path: '/run/redis.sock', query: { virtual_host: '1' } },
    ],
    ['sqlite:///jobs.db', { scheme: 'sqlite', hosts: [], path: '/jobs.db', query: {} }],
    ['sqlite:////var/my%20jobs.db', { scheme: 'sqlite', hosts: [], path: '//var/my jobs.db', query: {} }],
    [
      'sentinel://a:1;sentinel://:pw@b:2/3;c?x=1;y',
      {
        scheme: 'sentinel',
        password: 'pw',
        hosts: [{ host: 'a', port: 1 }, { host: 'b', port: 2 }, { host: 'c' }],
        path: '/3',
        query: { x: '1;y' },
      },
    ],
  ];
  for (const [url, parts] of readable) {
    test(`reads ${url}`, () => assert.deepEqual(parsed(url), parts));
  }

  const unreadable: readonly (readonly [url: string, why: RegExp])[] = [
    ['', /it is empty/],
    ['localhost:6379', /scheme:\/\/user:password@host/],
    ['redis://:se/cret@host', /written as %2F/],
    ['redis://host:99999', /port cannot be read/],
    ['redis://host:secret', /port cannot be read/],
    ['redis://:sec%zzret@host', /write %25/],
    ['redis://a;amqp://b', /must all be redis/],
  ];
  for (const [url, why] of unreadable) {
    test(`refuses '${url}', and keeps its secret`, () => {
      assert.throws(
        () => parseServiceUrl(url),
        (error) => {
          assert.ok(error instanceof DriverError && error.code === 'refused');
          assert.match(error.message, why);
          assert.doesNotMatch(error.message, /se\/cret|sec%zzret/);
          return true;
        },
      );
    });
  }

  test('the scheme of anything', () => {
    assert.deepEqual(['Redis://x', 'sqla+sqlite:///x', 'no url', ''].map(schemeOf), [
      'redis',
      'sqla+sqlite',
      undefined,
      undefined,
    ]);
  });
});

suite('masked URLs', () => {
  const masked: Readonly<Record<string, string>> = {
    'redis://host:6379/0': 'redis://host:6379/0',
    'redis://:secret@host/0': 'redis://:**@host/0',
    'redis://user:secret@host/0': 'redis://user:**@host/0',
    'redis://user@host/0': 'redis://user@host/0',
    'amqp://u:se@cret@host//': 'amqp://u:**@host//',
    'redis://:se/cret@host/0': 'redis://:**@host/0',
    'redis://:se?cr#et@host/0': 'redis://:**@host/0',
    'redis://h/0?password=secret&db=1': 'redis://h/0?password=**&db=1',
    'rediss://h?ssl_keyfile_PASSWD=secret&x=1&access_token=secret':
      'rediss://h?ssl_keyfile_PASSWD=**&x=1&access_token=**',
    'sentinel://:secret@a:1;sentinel://x:secret@b:2': 'sentinel://:**@a:1;sentinel://x:**@b:2',
    'sqlite:////home/me@work/jobs.db': 'sqlite:////home/me@work/jobs.db',
    'user:secret@host': 'user:**@host',
    'memory://': 'memory://',
  };
  for (const [url, expected] of Object.entries(masked)) {
    test(url, () => {
      assert.equal(maskUrl(url), expected);
      assert.doesNotMatch(maskUrl(url), /se.?c.?r.?et/);
    });
  }
});
