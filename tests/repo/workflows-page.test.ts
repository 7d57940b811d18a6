import { testPage } from './page.ts';

testPage('docs/workflows.md', {
  fromLovage: ['chain', 'chord', 'group', 'GroupResult', 'TaskError'],
  least: 16,
});
