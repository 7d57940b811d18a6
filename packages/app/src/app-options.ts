import type { DriverFactory } from '@lovage/contracts';
import type { SettingsInput } from './config/settings.ts';
import type { Environment } from './config/sources.ts';
import type { Logger } from './logger/logger.ts';

/** Settings in camelCase, and what is no setting. */
export interface AppOptions extends SettingsInput {
  /** Drivers for URL schemes, before those that are found by their package's name. */
  readonly drivers?: readonly DriverFactory[];
  /** Takes all lines of the app and its workers. Default: Celery's format on stderr. */
  readonly logger?: Logger;
  /** Read instead of `process.env`. */
  readonly environment?: Environment;
}
