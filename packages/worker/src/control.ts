import type { Logger } from '@lovage/app';
import type { BusListener, BusMessage, EventBus } from '@lovage/contracts';
import { readControlRequest } from '@lovage/protocol';

/** What remote control can have done here. */
export interface ControlTarget {
  readonly hostname: string;
  revoke(taskIds: readonly string[], terminate: { readonly signal: string } | undefined): void;
}

/** Listens to Celery's broadcast of control requests and does what concerns this worker. */
export async function listenToControl(
  bus: EventBus,
  target: ControlTarget,
  log: Logger,
): Promise<BusListener> {
  return bus.listen('control', (message) => {
    try {
      obey(message, target);
    } catch (error) {
      log.error('cannot read a control request', { err: error });
    }
  });
}

function obey(message: BusMessage, target: ControlTarget): void {
  const request = readControlRequest(message);
  if (!concerns(request.destination, target.hostname)) return;
  if (request.method !== 'revoke') return;
  const { task_id: taskId, terminate, signal } = request.arguments;
  const ids = (Array.isArray(taskId) ? taskId : [taskId]).filter(
    (id): id is string => typeof id === 'string',
  );
  target.revoke(
    ids,
    terminate === true ? { signal: typeof signal === 'string' ? signal : 'SIGTERM' } : undefined,
  );
}

/** No destination means everybody. */
const concerns = (destination: readonly string[] | null, hostname: string): boolean =>
  destination === null || destination.length === 0 || destination.includes(hostname);
