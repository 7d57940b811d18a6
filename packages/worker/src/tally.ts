import type { Logger } from '@lovage/app';
import type { TaskHeaders } from '@lovage/protocol';
import type { Report } from './conclusion.ts';

/** Counts what happened and says it in the words of Celery, which people and tools look for in logs. */
export class Tally {
  /** Ended executions by task name. */
  readonly total = new Map<string, number>();
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  received(headers: TaskHeaders): void {
    if (this.#log.enabled('info')) this.#log.info(`Task ${title(headers)} received`);
  }

  discarded(headers: TaskHeaders): void {
    this.#log.info(`Discarding revoked task: ${title(headers)}`);
  }

  ended(headers: TaskHeaders, report: Report): void {
    this.total.set(headers.task, (this.total.get(headers.task) ?? 0) + 1);
    const { kind, runtimeS, text, traceback, warning } = report;
    if (warning) this.#log.error(`Task ${title(headers)}: ${warning}`);
    switch (kind) {
      case 'succeeded':
        if (this.#log.enabled('info')) {
          this.#log.info(`Task ${title(headers)} succeeded in ${seconds(runtimeS)}: ${text}`);
        }
        break;
      case 'failed':
        if (report.expected) this.#log.info(`Task ${title(headers)} raised expected: ${text}`);
        else this.#log.error(`Task ${title(headers)} raised unexpected: ${text}${below(traceback)}`);
        break;
      case 'retried':
        this.#log.info(`Task ${title(headers)} retry: ${text}`);
        break;
      case 'ignored':
      case 'rejected':
        this.#log.info(`Task ${title(headers)} ${kind}${text ? `: ${text}` : ''}`);
        break;
      case 'unreadable':
        this.#log.error(`Received invalid task message: ${title(headers)}: ${text}. Kept in quarantine.`);
    }
  }
}

const below = (traceback: string | undefined): string => (traceback ? `\n${traceback}` : '');

const title = (headers: TaskHeaders): string => `${headers.shadow ?? headers.task}[${headers.id}]`;

const seconds = (value: number): string => `${value.toFixed(6).replace(/0{1,3}$/, '')}s`;
