import { randomWorkflows } from './canvas-random-exam.ts';
import { randomSeed } from './canvas-random-stores.ts';

randomWorkflows({ seed: randomSeed(), runs: 20_000, budgetMs: 120_000, allowedMs: 0 });
