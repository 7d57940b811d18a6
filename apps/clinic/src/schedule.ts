import { crontab } from 'lovage';

/** What beat sends, in UTC. */
export const schedule = {
  'remind-patients': {
    task: 'clinic.appointments.send_reminders',
    schedule: crontab({ minute: 0, hour: 8 }),
    // Who is reminded in the evening of what was in the morning has no use of it.
    options: { expires: 4 * 3600 },
  },
  'clean-up': { task: 'clinic.appointments.clean_up', schedule: crontab({ minute: 0 }) },
  'weekly-summary': {
    task: 'clinic.reports.weekly_summary',
    schedule: crontab({ minute: 0, hour: 9, dayOfWeek: 'mon' }),
  },
  'settle-payments': { task: 'clinic.payments.settle_pending', schedule: 300, overlap: 'skip' },
} as const;
