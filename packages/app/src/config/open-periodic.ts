import { resolve, sep } from 'node:path';
import type { Driver, LockStore, ScheduleStore } from '@lovage/contracts';
import { ImproperlyConfigured } from '../errors.ts';
import type { Settings } from './settings.ts';

/** Where periodic tasks are kept, and who of many beats leads. */
export interface PeriodicStore {
  readonly schedules: ScheduleStore;
  readonly locks: LockStore;
  /** The setting that named it. */
  readonly chosenBy: 'lovageBeatUrl' | 'brokerUrl' | 'resultBackend' | 'beatScheduleFilename';
  /** Its URL, the password hidden. */
  readonly label: string;
  /** It is the broker's own store: a run can be recorded and sent in one step. */
  readonly withBroker: boolean;
  readonly driver: Driver;
}

type Keeper = Driver & Required<Pick<Driver, 'schedules' | 'locks'>>;

/**
 * The store at `lovageBeatUrl`; else the broker's or that of results, whichever keeps what the scheduler wants; else a
 * local file. A django scheduler wants the tables of django-celery-beat, which no file stands in for.
 * @throws ImproperlyConfigured naming what was tried, and what would do
 */
export async function openPeriodic(
  conf: Settings,
  homes: { readonly broker: Driver; readonly results: Driver | undefined },
  open: (setting: string, url: string) => Promise<Driver>,
): Promise<PeriodicStore> {
  const { beatScheduler, lovageBeatUrl } = conf;
  const form = beatScheduler === 'django' ? 'django' : 'opaque';
  const suits = (driver: Driver | undefined): driver is Keeper =>
    keeps(driver) && driver.schedules().traits.form === form;
  const asStore = (driver: Keeper, chosenBy: PeriodicStore['chosenBy']): PeriodicStore => ({
    chosenBy,
    schedules: driver.schedules(),
    locks: driver.locks(),
    label: driver.label,
    withBroker: driver === homes.broker,
    driver,
  });

  if (lovageBeatUrl !== null) {
    const driver = await open('lovageBeatUrl', lovageBeatUrl);
    if (suits(driver)) return asStore(driver, 'lovageBeatUrl');
    throw new ImproperlyConfigured(`lovageBeatUrl: ${driver.label} ${unfit(driver, form)}`);
  }
  const home = [homes.broker, homes.results].find(suits);
  if (home) return asStore(home, home === homes.broker ? 'brokerUrl' : 'resultBackend');
  if (form === 'django') {
    throw new ImproperlyConfigured(
      "beatScheduler is django, and where django-celery-beat's tables are nothing says: give lovageBeatUrl, such as " +
        'django-db+postgresql://user:password@host/database, or lovageDjangoDatabaseUrl, or DATABASE_URL in the environment',
    );
  }
  const file = await open('beatScheduleFilename', fileUrl(conf.beatScheduleFilename));
  if (suits(file)) return asStore(file, 'beatScheduleFilename');
  throw new ImproperlyConfigured(`beatScheduleFilename: ${file.label} ${unfit(file, form)}`);
}

const keeps = (driver: Driver | undefined): driver is Keeper =>
  driver?.schedules !== undefined && driver.locks !== undefined;

function unfit(driver: Driver, form: 'django' | 'opaque'): string {
  if (!keeps(driver)) return 'cannot keep periodic tasks: give SQLite, Redis or PostgreSQL';
  return form === 'django'
    ? 'has no tables of django-celery-beat, which beatScheduler django reads: give django-db+postgresql://…'
    : 'has tables of django-celery-beat: set beatScheduler to django';
}

/** Characters that end a path in a URL are escaped. */
const fileUrl = (path: string): string =>
  `sqlite:///${resolve(path).split(sep).map(encodeURIComponent).join('/')}`;
