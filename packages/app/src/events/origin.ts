import { hostname } from 'node:os';
import type { EventOrigin } from '@lovage/protocol';
import { clientName } from '@lovage/protocol';
import { currentTask } from '../execution/current.ts';

const client = clientName(process.pid, hostname());

/** This process, as one that calls: also in a worker, as in Celery. */
export function clientOrigin(): EventOrigin {
  return { hostname: client, pid: process.pid, utcoffset: utcOffsetHours() };
}

/** Who sends an event of a program's own: the worker, within a task that it runs, or else this process. */
export function eventOrigin(): EventOrigin {
  const origin = clientOrigin();
  return { ...origin, hostname: currentTask()?.request.hostname ?? origin.hostname };
}

/** Hours that local time is behind UTC, whole ones as in Celery: -5 for UTC+5, -6 for UTC+5:30. */
export function utcOffsetHours(): number {
  return Math.floor(new Date().getTimezoneOffset() / 60) + 0;
}
