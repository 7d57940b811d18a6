/** Columns that a definition has, with Django's defaults where they are not given. */
export function definitionOf(columns: Readonly<Record<string, unknown>> = {}): Uint8Array {
  const { task = 't', args = '[]', kwargs = '{}', ...rest } = columns;
  const { queue, exchange, routing_key, priority, headers = '{}', expires, expire_seconds, ...others } = rest;
  const { one_off = false, start_time, description = '', ...schedule } = others;
  const named = {
    task,
    args,
    kwargs,
    queue,
    exchange,
    routing_key,
    priority,
    headers,
    expires,
    expire_seconds,
  };
  const given = Object.keys(schedule).length > 0 ? schedule : { interval: { every: 10, period: 'seconds' } };
  return Buffer.from(JSON.stringify({ ...named, one_off, start_time, description, ...given }));
}

const everyHour = { hour: '*', day_of_week: '*', day_of_month: '*', month_of_year: '*' };

/** The `n`th of many, of all kinds of schedules. */
export function definition(n: number): Uint8Array {
  const args = JSON.stringify([n, 'é☃']);
  switch (n % 4) {
    case 0:
      return definitionOf({ args, interval: { every: n + 1, period: 'minutes' }, expire_seconds: n });
    case 1:
      return definitionOf({
        ...{
          args,
          queue: `q ${n}`,
          priority: n % 10,
          headers: `{"n": ${n}}`,
          start_time: '2026-01-01T00:00:00.500Z',
        },
        crontab: { minute: '*/5', ...everyHour, timezone: 'Europe/Prague' },
      });
    case 2:
      return definitionOf({
        ...{
          args,
          kwargs: '{"a": "\\"quoted\\" \\\\ snow ☃"}',
          description: `of ${n}`,
          exchange: 'x',
          routing_key: 'k',
        },
        solar: { event: 'sunset', latitude: `${n % 90}.500000`, longitude: '-14.430000' },
      });
    default:
      return definitionOf({
        ...{ args, one_off: true, expires: '2027-01-01T00:00:00.000Z' },
        clocked: { clocked_time: new Date(1_800_000_000_000 + n).toISOString() },
      });
  }
}
