import { RABBITMQ } from './breakable.ts';
import { outageExam } from './outage-exam.ts';

outageExam(RABBITMQ, ['away', 'closed', 'swallowed', 'stranded']);
