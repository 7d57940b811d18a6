/** What the tests leave out: each of these differs from what they have in one part only. */
import { remoteWorkerExam } from './remote-worker-exam.ts';
import { lovageOn } from './stores.ts';
import { tasksExam } from './tasks-exam.ts';

lovageOn('Redis', 'a worker that is seen and steered', remoteWorkerExam);
lovageOn("kombu's tables", 'tasks, and a worker that is seen and steered', tasksExam, remoteWorkerExam);
lovageOn('PostgreSQL', 'tasks', tasksExam);
lovageOn('RabbitMQ', 'tasks', tasksExam);
