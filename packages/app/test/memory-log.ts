import type { Logger } from '@lovage/app';

/** A logger that keeps what it is told, as 'level: message'. */
export function memoryLog(): { readonly lines: readonly string[]; readonly logger: Logger } {
  const lines: string[] = [];
  const write = (level: string) => (message: string) => void lines.push(`${level}: ${message}`);
  const logger: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => logger,
    enabled: () => true,
  };
  return { lines, logger };
}
