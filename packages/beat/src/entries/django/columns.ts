import type { DjangoRow } from '../../schedules/django-rows.ts';

/**
 * The document that a store of the form 'django' keeps: columns of `django_celery_beat_periodictask` by their names,
 * and the row of each schedule that it refers to. Without those that are null. Times are ISO 8601 in UTC.
 */
export interface DjangoColumns {
  readonly task: string;
  /** JSON as Python, or somebody in Django's admin, wrote it; so are kwargs and headers. */
  readonly args: string;
  readonly kwargs: string;
  readonly queue?: string | undefined;
  readonly exchange?: string | undefined;
  readonly routing_key?: string | undefined;
  readonly priority?: number | undefined;
  readonly headers: string;
  readonly expires?: string | undefined;
  readonly expire_seconds?: number | undefined;
  readonly one_off: boolean;
  readonly start_time?: string | undefined;
  readonly description: string;
  readonly interval?: DjangoRow | undefined;
  readonly crontab?: DjangoRow | undefined;
  readonly solar?: DjangoRow | undefined;
  readonly clocked?: DjangoRow | undefined;
}
