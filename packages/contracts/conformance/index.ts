/** The exams: what every driver of a role, every pool and every serializer must pass. */

export type { BrokerWorld, RemoteDriver } from './broker/world.ts';
export { brokerConformance, brokerExam } from './broker.ts';
export type { Exam, ExamCase, ExamWorld, Harness } from './exam.ts';
export { NotApplicable, runCase } from './exam.ts';
