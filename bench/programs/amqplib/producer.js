// The raw loop: a client of AMQP with nothing above it, and a confirm for each message.
import { connect } from 'amqplib';
import { produce } from '../produce.js';
import { message, queue } from './message.js';

const connection = await connect(process.env.BENCH_URL);
const channel = await connection.createConfirmChannel();
await channel.assertQueue(queue, { durable: true });

const send = (argument) =>
  new Promise((resolve, reject) => {
    const { id, body, options } = message(argument);
    channel.publish('', queue, body, options, (error) => (error ? reject(error) : resolve(id)));
  });

await produce({
  one: send,
  bulk: (all) => Promise.all(all.map(send)),
  close: () => connection.close(),
});
