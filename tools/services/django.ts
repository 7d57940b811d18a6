import { spawnSync } from 'node:child_process';
import { PYTHON } from './require.ts';

const MIGRATE = `
import sys, django
from django.conf import settings
from django.core.management import call_command
settings.configure(INSTALLED_APPS=['django_celery_results'], USE_TZ=True, DATABASES={'default': {
  'ENGINE': 'django.db.backends.postgresql', 'HOST': sys.argv[1], 'PORT': sys.argv[2], 'USER': sys.argv[3],
  'NAME': sys.argv[4]}})
django.setup()
call_command('migrate', 'django_celery_results', *sys.argv[5:], verbosity=0)`;

/** Runs the migrations of the installed django-celery-results in the database of a URL, up to one of them if it is named. */
export function migrateDjango(url: string, ...upTo: readonly string[]): void {
  const { hostname, port, username, pathname } = new URL(url);
  const args = ['-c', MIGRATE, hostname, port || '5432', username, pathname.slice(1), ...upTo];
  const { status, stderr } = spawnSync(PYTHON, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the migrations of Django failed:\n${stderr}`);
}
