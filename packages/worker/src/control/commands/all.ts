import type { Command } from '../command.ts';
import { eventCommands } from './events.ts';
import { limitCommands } from './limits.ts';
import { memoryCommands } from './memory.ts';
import { poolCommands } from './pool.ts';
import { presenceCommands } from './presence.ts';
import { queueCommands } from './queues.ts';
import { registeredCommand } from './registered.ts';
import { revokeCommands } from './revoke.ts';
import { revokeStampsCommand } from './revoke-stamps.ts';
import { settingCommands } from './settings.ts';
import { statsCommand } from './stats.ts';
import { taskCommands } from './tasks.ts';

/** Every command of Celery's, by its names. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  [
    ...presenceCommands,
    ...taskCommands,
    registeredCommand,
    statsCommand,
    ...settingCommands,
    ...memoryCommands,
    ...revokeCommands,
    revokeStampsCommand,
    ...limitCommands,
    ...queueCommands,
    ...poolCommands,
    ...eventCommands,
  ].flatMap((command) => [
    [command.name, command] as const,
    ...(command.alias ? [[command.alias, command] as const] : []),
  ]),
);
