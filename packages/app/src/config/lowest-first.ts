import type { Settings } from './settings.ts';

/** Whether the broker's messages have Celery's direction of priorities on Redis: there the lowest number goes first. */
export const lowestFirst = ({ brokerUrl }: Pick<Settings, 'brokerUrl'>): boolean =>
  /^(rediss?|sentinel|redis\+socket):/.test(brokerUrl);
