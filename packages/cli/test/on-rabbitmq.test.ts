import { queuesExam } from './queues-exam.ts';
import { remoteWorkerExam } from './remote-worker-exam.ts';
import { lovageOn } from './stores.ts';

// Results are not here: the long runs have those.
lovageOn('RabbitMQ', 'queues, and a worker that is seen and steered', queuesExam, remoteWorkerExam);
