import { queuesExam } from './queues-exam.ts';
import { remoteWorkerExam } from './remote-worker-exam.ts';
import { lovageOn } from './stores.ts';

lovageOn('PostgreSQL', 'queues, and a worker that is seen and steered', queuesExam, remoteWorkerExam);
// Results, control and events are kept as in the schema of ours: the long runs have those here.
lovageOn("kombu's tables", 'queues', queuesExam);
