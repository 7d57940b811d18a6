import { PgBoss } from 'pg-boss';

export const queue = 'bench';
export const boss = new PgBoss({ connectionString: process.env.BENCH_URL, useListenNotify: true });
boss.on('error', console.error);
await boss.start();
await boss.createQueue(queue, { notify: true });
