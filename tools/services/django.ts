import { spawnSync } from 'node:child_process';
import { PYTHON } from './require.ts';

const MIGRATE = `
import sys, django
from django.conf import settings
from django.core.management import call_command
apps = [each.split(' ') for each in sys.argv[5:]]
settings.configure(INSTALLED_APPS=[app for app, *_ in apps], USE_TZ=True, DATABASES={'default': {
  'ENGINE': 'django.db.backends.postgresql', 'HOST': sys.argv[1], 'PORT': sys.argv[2], 'USER': sys.argv[3],
  'NAME': sys.argv[4]}})
django.setup()
for app, *up_to in apps:
    call_command('migrate', app, *up_to, verbosity=0)`;

/** Apps of Django with tables that we share. */
type App = 'django_celery_results' | 'django_celery_beat';
const RESULTS: readonly App[] = ['django_celery_results'];

/** Runs the migrations of installed apps in the database of a URL, each up to the one that is named behind it, if one is. */
export function migrateDjango(url: string, apps: readonly (App | `${App} ${string}`)[] = RESULTS): void {
  const { hostname, port, username, pathname } = new URL(url);
  const args = ['-c', MIGRATE, hostname, port || '5432', username, pathname.slice(1), ...apps];
  const { status, stderr } = spawnSync(PYTHON, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the migrations of Django failed:\n${stderr}`);
}
