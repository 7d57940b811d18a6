export type { ControlPanel, HeldTask } from './control/panel.ts';
export type { WorkerOptions, WorkerPlan } from './options.ts';
export { QUARANTINE } from './quarantine.ts';
export { Worker } from './worker.ts';
