"""The app of `tasks` with entries for `celery beat`, which it sends to whoever works: `celery -A beating beat`."""
from datetime import timedelta

from tasks import app

app.conf.beat_schedule = {
    'totals': {'task': 'ts.totals', 'schedule': 0.5, 'args': (1, 2), 'kwargs': {'unit': 'EUR'}},
    'elsewhere': {
        'task': 'ts.totals', 'schedule': timedelta(seconds=0.5), 'args': (3, 4),
        'options': {'queue': 'elsewhere', 'expires': 30, 'priority': 6, 'headers': {'shop': 'north'}},
    },
}
