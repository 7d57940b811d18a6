import { sitExams } from './exams.ts';

sitExams('django');
