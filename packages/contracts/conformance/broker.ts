import { claiming } from './broker/claiming.ts';
import { closing } from './broker/closing.ts';
import { delayed } from './broker/delayed.ts';
import { delays } from './broker/delays.ts';
import { followUps } from './broker/follow-ups.ts';
import { hastening } from './broker/hastening.ts';
import { leases } from './broker/leases.ts';
import { order } from './broker/order.ts';
import { queues } from './broker/queues.ts';
import { settling } from './broker/settling.ts';
import { trimming } from './broker/trimming.ts';
import type { BrokerWorld } from './broker/world.ts';
import { type Exam, type Harness, sitExam } from './exam.ts';

/** What every broker must do. */
export const brokerExam: Exam<BrokerWorld> = [
  ...claiming,
  ...settling,
  ...followUps,
  ...order,
  ...delays,
  ...delayed,
  ...hastening,
  ...leases,
  ...queues,
  ...trimming,
  ...closing,
];

export function brokerConformance(harness: Harness<BrokerWorld>): void {
  sitExam('broker', brokerExam, harness);
}
