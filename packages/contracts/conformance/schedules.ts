import { type Exam, type Harness, sitExam } from './exam.ts';
import { claiming } from './schedules/claiming.ts';
import { defining } from './schedules/defining.ts';
import { editing } from './schedules/editing.ts';
import { fencing } from './schedules/fencing.ts';
import { keeping } from './schedules/keeping.ts';
import { sending } from './schedules/sending.ts';
import type { ScheduleWorld } from './schedules/world.ts';

/** What every schedule store must do. */
export const scheduleExam: Exam<ScheduleWorld> = [
  ...defining,
  ...editing,
  ...claiming,
  ...fencing,
  ...sending,
  ...keeping,
];

export function scheduleConformance(harness: Harness<ScheduleWorld>): void {
  sitExam('schedules', scheduleExam, harness);
}
