import type {
  Broker,
  ConsumeOptions,
  Consumer,
  Delivery,
  Envelope,
  OutgoingMessage,
  Settlement,
} from '../../src/index.ts';
import { altered, type Mutant } from './mutant.ts';

export type BrokerMutant = Mutant<Broker>;

/** Broken in the broker itself. */
export function brokerMutant(
  name: string,
  noticedBy: string,
  changes: (broker: Broker) => Partial<Broker>,
): BrokerMutant {
  return { name, noticedBy, mutate: (broker) => altered(broker, changes(broker)) };
}

/** Broken in its consumers. */
export function consumerMutant(
  name: string,
  noticedBy: string,
  changes: (consumer: Consumer, options: ConsumeOptions, broker: Broker) => Partial<Consumer>,
): BrokerMutant {
  return brokerMutant(name, noticedBy, (broker) => ({
    async consume(options) {
      const consumer = await broker.consume(options);
      return altered(consumer, changes(consumer, options, broker));
    },
  }));
}

/** Broken in the options it consumes with. */
export function optionsMutant(
  name: string,
  noticedBy: string,
  change: (options: ConsumeOptions) => ConsumeOptions,
): BrokerMutant {
  return brokerMutant(name, noticedBy, (broker) => ({
    consume: async (options) => broker.consume(change(options)),
  }));
}

/** Broken in what it sends, by publish and as follow-ups. */
export function outgoingMutant(
  name: string,
  noticedBy: string,
  change: (messages: readonly OutgoingMessage[]) => readonly OutgoingMessage[],
): BrokerMutant {
  return brokerMutant(name, noticedBy, (broker) => ({
    publish: async (messages) => broker.publish(change(messages)),
    async consume(options) {
      const consumer = await broker.consume(options);
      return altered(consumer, {
        settle: async (settlements) =>
          consumer.settle(
            settlements.map((each) =>
              each.kind === 'done' && each.followUps ? { ...each, followUps: change(each.followUps) } : each,
            ),
          ),
      });
    },
  }));
}

/** Broken in each message it sends. */
export function messageMutant(
  name: string,
  noticedBy: string,
  change: (message: OutgoingMessage) => OutgoingMessage,
): BrokerMutant {
  return outgoingMutant(name, noticedBy, (messages) => messages.map(change));
}

/** Broken in how it settles. */
export function settlementMutant(
  name: string,
  noticedBy: string,
  change: (settlement: Settlement) => Settlement,
): BrokerMutant {
  return consumerMutant(name, noticedBy, (consumer) => ({
    settle: async (settlements) => consumer.settle(settlements.map(change)),
  }));
}

/** Broken in the deliveries it hands out. */
export function deliveryMutant(
  name: string,
  noticedBy: string,
  change: (delivery: Delivery) => Delivery,
): BrokerMutant {
  return consumerMutant(name, noticedBy, (consumer) => ({
    claim: async (max, signal) => (await consumer.claim(max, signal)).map(change),
  }));
}

/** The message with an envelope that differs. */
export function withEnvelope(
  message: OutgoingMessage,
  change: (envelope: Envelope) => Envelope,
): OutgoingMessage {
  return { ...message, envelope: change(message.envelope) };
}

export function without<T extends object, Name extends keyof T>(object: T, name: Name): Omit<T, Name> {
  const { [name]: _, ...rest } = object;
  return rest;
}
