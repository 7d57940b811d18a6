import { KOMBU, POSTGRES } from './breakable.ts';
import { outageExam } from './outage-exam.ts';

outageExam(POSTGRES);
outageExam(KOMBU, ['away', 'stranded']);
