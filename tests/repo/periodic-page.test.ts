import { testPage } from './page.ts';

testPage('docs/periodic-tasks.md', {
  fromLovage: ['clocked', 'crontab', 'every', 'Lovage', 'solar'],
  least: 5,
});
