import { testPage } from './page.ts';

testPage('docs/locks.md', { fromLovage: ['LockNotAcquired'], least: 3 });
