import type { AppOptions } from '@lovage/app';
import { App } from '@lovage/app';
import type { OutgoingMessage } from '@lovage/contracts';
import { readBody, readHeaders } from '@lovage/protocol';
import { fakeDriver } from './fake-driver.ts';

const ACCEPT = new Set(['application/json', 'application/x-yaml']);

/** An app whose messages end in the hands of the test; `sent`, `headers` and `body` are those of the last one. */
export function setUp(options: AppOptions = {}) {
  const { service, driver } = fakeDriver();
  const app = new App('calls', { environment: {}, brokerUrl: 'fake://', drivers: [driver], ...options });
  const sent = (): OutgoingMessage => service.published.at(-1)!.at(-1)!;
  return { app, service, sent, headers: () => readHeaders(sent().envelope), body: () => bodyOf(sent()) };
}

const bodyOf = ({ envelope }: OutgoingMessage) => readBody(envelope, { accept: ACCEPT, maxBytes: 1e6 });
