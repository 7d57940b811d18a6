import { Logger } from 'graphile-worker';

/** Its log says something of each job, so it is left out for all but trouble. */
const logger = new Logger(() => (level, message) => {
  if (level === 'error' || level === 'warning') console.error(message);
});

export const options = { connectionString: process.env.BENCH_URL, logger };
