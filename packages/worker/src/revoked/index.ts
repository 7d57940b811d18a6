export { RevokedKeeper, type RevokedKeeperParts } from './keeper.ts';
export { type RevokedLimits, revokedLimits } from './limits.ts';
export { type RevocableHeaders, type RevokedTasks, stampText } from './revoked.ts';
