import { textOf } from '../bytes.ts';
import {
  type BrokerMutant,
  brokerMutant,
  deliveryMutant,
  messageMutant,
  outgoingMutant,
  withEnvelope,
  without,
} from './broker-parts.ts';
import { TOO_LONG_MS } from './mutant.ts';

/** What is sent arrives altered, in another order, or at another time. */
export const messageMutants: readonly BrokerMutant[] = [
  messageMutant('forgets the correlation id', 'the envelope survives the trip', (message) =>
    withEnvelope(message, (envelope) => without(envelope, 'correlationId')),
  ),
  messageMutant('takes bodies for text', 'the envelope survives the trip', (message) =>
    withEnvelope(message, (envelope) => ({ ...envelope, body: Buffer.from(textOf(envelope.body)) })),
  ),
  messageMutant('makes up a priority', 'what the sender left out stays out', (message) =>
    withEnvelope(message, (envelope) => ({ priority: 0, ...envelope })),
  ),
  deliveryMutant('finds fault with bodies that are no JSON', 'good messages have no fault', (delivery) => {
    try {
      JSON.parse(textOf(delivery.envelope.body));
      return delivery;
    } catch {
      return { ...delivery, fault: 'no JSON' };
    }
  }),
  messageMutant('cuts bodies at 64 KB', 'a large body passes', (message) =>
    withEnvelope(message, (envelope) => ({ ...envelope, body: envelope.body.subarray(0, 65_536) })),
  ),
  brokerMutant(
    'cannot publish nothing',
    'nothing at all may be published, declared, settled, renewed',
    (broker) => ({
      publish: async (messages) => {
        if (messages.length === 0) throw new Error('nothing to publish');
        await broker.publish(messages);
      },
    }),
  ),

  outgoingMutant('publishes the last first', 'one publish keeps its order', (messages) =>
    messages.toReversed(),
  ),
  outgoingMutant(
    'loses the order within a priority',
    'each priority keeps its order within one publish',
    (messages) => messages.toReversed(),
  ),
  brokerMutant(
    'puts later publishes in front',
    'publishes one after the other keep their order',
    (broker) => {
      let priority = 0;
      return {
        async publish(messages) {
          priority = Math.min(9, priority + 1);
          await broker.publish(
            messages.map((message) => withEnvelope(message, (envelope) => ({ ...envelope, priority }))),
          );
        },
      };
    },
  ),
  messageMutant('knows no priorities', 'urgent goes first', (message) =>
    withEnvelope(message, (envelope) => without(envelope, 'priority')),
  ),
  messageMutant('thinks 0 the most urgent', 'urgent overtakes what was sent before', (message) =>
    withEnvelope(message, (envelope) =>
      envelope.priority === undefined ? envelope : { ...envelope, priority: 9 - envelope.priority },
    ),
  ),
  messageMutant(
    'puts what has no priority elsewhere',
    'no priority is as urgent as the traits say',
    (message) => withEnvelope(message, (envelope) => ({ priority: 5, ...envelope })),
  ),

  messageMutant('knows no delays', 'a delayed message is never early', (message) =>
    without(message, 'notBefore'),
  ),
  messageMutant('is 100 ms early', 'a delayed message is never early', (message) =>
    message.notBefore === undefined ? message : { ...message, notBefore: message.notBefore - 100 },
  ),
  messageMutant('is early with follow-ups', 'done can put itself back until it is due', (message) =>
    without(message, 'notBefore'),
  ),
  messageMutant(
    'never comes back to what is parked',
    'a waiting claim wakes for what falls due, whoever sent it',
    (message) =>
      message.notBefore === undefined ? message : { ...message, notBefore: message.notBefore + TOO_LONG_MS },
  ),
  brokerMutant('lets out what is parked in the order it came', 'delays do not block each other', (broker) => {
    let latest = 0;
    return {
      publish: async (messages) =>
        broker.publish(
          messages.map((message) => {
            if (message.notBefore === undefined) return message;
            latest = Math.max(latest, message.notBefore);
            return { ...message, notBefore: latest };
          }),
        ),
    };
  }),
  messageMutant('parks what is overdue', 'a delay in the past is no delay', (message) =>
    message.notBefore !== undefined && message.notBefore < Date.now()
      ? { ...message, notBefore: Date.now() + TOO_LONG_MS }
      : message,
  ),
  messageMutant('parks half of the envelope', 'a delayed message is whole', (message) =>
    message.notBefore === undefined
      ? message
      : withEnvelope(message, (envelope) => without(envelope, 'correlationId')),
  ),
  messageMutant(
    'forgets the priority of what is parked',
    'what has fallen due keeps its priority',
    (message) =>
      message.notBefore === undefined
        ? message
        : withEnvelope(message, (envelope) => without(envelope, 'priority')),
  ),
];
