import { claiming } from './broker/claiming.ts';
import { closing } from './broker/closing.ts';
import { delays } from './broker/delays.ts';
import { followUps } from './broker/follow-ups.ts';
import { leases } from './broker/leases.ts';
import { order } from './broker/order.ts';
import { queues } from './broker/queues.ts';
import { settling } from './broker/settling.ts';
import type { BrokerWorld } from './broker/world.ts';
import { type Exam, type Harness, sitExam } from './exam.ts';

/** What every broker must do. */
export const brokerExam: Exam<BrokerWorld> = [
  ...claiming,
  ...settling,
  ...followUps,
  ...order,
  ...delays,
  ...leases,
  ...queues,
  ...closing,
];

export function brokerConformance(harness: Harness<BrokerWorld>): void {
  sitExam('broker', brokerExam, harness);
}
