// The raw loop: consume and acknowledge, durable, with a prefetch of 100. It runs nothing and stores nothing.
import { connect } from 'amqplib';
import { mark } from '../clock.js';
import { queue } from './message.js';

const connection = await connect(process.env.BENCH_URL);
const channel = await connection.createChannel();
await channel.assertQueue(queue, { durable: true });
await channel.prefetch(100);
let ran = false;
await channel.consume(queue, (delivery) => {
  if (!ran) mark('first');
  ran = true;
  channel.ack(delivery);
});
mark('ready');
