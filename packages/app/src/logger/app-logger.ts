import type { Settings } from '../config/settings.ts';
import { createLogger } from './create-logger.ts';
import type { Logger } from './logger.ts';

/** The logger that the settings ask for. */
export function appLogger({ lovageLogFile, lovageLogFormat, lovageLogLevel }: Settings): Logger {
  return createLogger({ level: lovageLogLevel, format: lovageLogFormat, file: lovageLogFile ?? undefined });
}
