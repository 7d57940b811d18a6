import type { App, Logger } from '@lovage/app';
import type { BusListener, EventBus } from '@lovage/contracts';
import { startGossip } from './control/gossip.ts';
import { startMingle } from './control/mingle.ts';
import { listenToControl } from './control/node.ts';
import type { ControlPanel } from './control/panel.ts';
import type { WorkerPlan } from './options.ts';

export interface CompanyParts {
  readonly app: App;
  readonly plan: WorkerPlan;
  /** Undefined where the store cannot carry it: then every worker is on its own. */
  readonly bus: EventBus | undefined;
  readonly panel: ControlPanel;
  readonly log: Logger;
}

/** What a worker has to do with the other nodes of its cluster: it answers them, asks them once, and follows them. */
export async function keepCompany({ app, plan, bus, panel, log }: CompanyParts): Promise<BusListener> {
  const { hostname } = plan;
  const open: BusListener[] = [];
  if (bus && app.conf.workerEnableRemoteControl) {
    open.push(await listenToControl({ bus, panel, log }));
    if (plan.mingle) {
      const { clock, tasks } = panel;
      const inspect = app.control.inspect();
      const mingle = startMingle({
        ...{ hostname, clock, tasks, log },
        hello: (fromNode, revoked) => inspect.hello(fromNode, revoked),
      });
      open.push({ close: async () => mingle.stop() });
    }
  }
  if (bus && plan.gossip) {
    const { clock, events } = panel;
    const send = events.send.bind(events);
    open.push(await startGossip({ bus, hostname, clock, log, send }));
  }
  return {
    async close() {
      await Promise.all(open.map((each) => each.close()));
    },
  };
}
