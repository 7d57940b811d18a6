import { constants } from 'node:os';
import type { Logger } from '@lovage/app';
import type { Delivery } from '@lovage/contracts';
import type { TaskHeaders } from '@lovage/protocol';
import type { Report } from '../conclusion.ts';
import type { Revoking, Witness } from './witness.ts';

/** Says what happened in the words of Celery, which people and tools look for in logs (wire spec 11.4). */
export class LogWitness implements Witness {
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  received(_: Delivery, headers: TaskHeaders): void {
    if (this.#log.enabled('info')) this.#log.info(`Task ${title(headers)} received`);
  }

  revoked(headers: TaskHeaders, how: Revoking): void {
    if (how.reason === 'terminated') {
      this.#log.info(`Terminating ${headers.id} (${constants.signals[how.signal] ?? how.signal})`);
    } else {
      this.#log.info(`Discarding revoked task: ${title(headers)}`);
    }
  }

  unknown(headers: TaskHeaders): void {
    this.#log.error(
      `Received unregistered task of type '${headers.task}'. Its message is kept in quarantine. Did you import the module that defines it?`,
    );
  }

  ended(headers: TaskHeaders, report: Report): void {
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
