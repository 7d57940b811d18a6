import type { App } from '@lovage/app';
import { maskUrl } from '@lovage/contracts/kit';

/** Where messages and results are kept, with passwords hidden; asks no service. */
export function storeLabels(app: App): { transport: string; results: string } {
  const { brokerUrl, resultBackend } = app.conf;
  return {
    transport: maskUrl(brokerUrl),
    results: resultBackend === null ? 'disabled://' : maskUrl(resultBackend ?? brokerUrl),
  };
}
