import { MACHINE_MS } from '../machine.ts';
import { randomWorkflows } from './canvas-random-exam.ts';
import { canvasSeed } from './canvas-random-stores.ts';

/** Others, and far more, are in canvas-random.soak.test.ts. */
randomWorkflows({ seed: canvasSeed(), runs: 200, budgetMs: 2500, allowedMs: MACHINE_MS });
