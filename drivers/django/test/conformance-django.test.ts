import { sitExams, sitOwnExams } from './exams.ts';

sitExams('django');
sitOwnExams('django');
