/** An app with the least of all tasks. */
import { App } from '@lovage/app';

export const app = new App('noop', { environment: {}, brokerUrl: 'memory://' });

export const noop = app.task('t.noop', () => null);
