/** What drivers share: small parts to build a role from, none of which a driver must use. */
export type { BackoffOptions } from './backoff.ts';
export { Backoff } from './backoff.ts';
export type { BatcherOptions } from './batcher.ts';
export { batcher } from './batcher.ts';
export type { ClaimAnswer, ClaimRequest, ClaimStore } from './claim-store.ts';
export { maskUrl } from './mask-url.ts';
export { nearest } from './nearest.ts';
export type { PullConsumerHooks } from './pull-consumer.ts';
export { pullConsumer } from './pull-consumer.ts';
export { realClock } from './real-clock.ts';
export type { StoredRevocation } from './revocation-key.ts';
export { readStoredRevocation, storedRevocation } from './revocation-key.ts';
export type { ServiceHost, ServiceUrl } from './service-url.ts';
export { parseServiceUrl, schemeOf } from './service-url.ts';
export { WakeBell } from './wake-bell.ts';
export type { ResultSource } from './watchers.ts';
export { Watchers } from './watchers.ts';
export { withTimeout } from './with-timeout.ts';
