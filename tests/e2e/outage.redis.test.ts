import { REDIS } from './breakable.ts';
import { outageExam } from './outage-exam.ts';

outageExam(REDIS);
