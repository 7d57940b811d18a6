import { sitExams } from './exams.ts';

sitExams('sqlalchemy');
