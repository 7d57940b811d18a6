import { sitOwnExams } from './exams.ts';

// The same tables of ours as beside Django's, where the tests have this.
sitOwnExams('sqlalchemy');
