import { queuesExam } from './queues-exam.ts';
import { lovageOn } from './stores.ts';
import { tasksExam } from './tasks-exam.ts';

lovageOn('Redis', 'tasks and queues', queuesExam, tasksExam);
