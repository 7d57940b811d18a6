import { after, describe } from 'node:test';
import { requireService } from '../../../tools/services.ts';
import { sitExams } from './exams.ts';
import { stopSharedServer } from './world.ts';

describe('kombu-sql', { skip: requireService('postgres') }, () => {
  after(stopSharedServer);
  sitExams();
});
