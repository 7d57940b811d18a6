/** The queue's name and the connection that BullMQ's workers ask for. */
export const queueName = 'bench';
const { hostname, port } = new URL(process.env.BENCH_URL);
export const connection = { host: hostname, port: Number(port), maxRetriesPerRequest: null };
