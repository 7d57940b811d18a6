"""Asks Celery's own solar, on ephem: reads questions as JSON, prints its answers as JSON."""
import json
import sys
from datetime import datetime, timezone

from celery import Celery
from celery.schedules import solar

app = Celery(set_as_current=False)


def answer(event, lat, lon, after):
    now = datetime.fromtimestamp(after / 1000, timezone.utc)
    schedule = solar(event, lat, lon, nowfun=lambda: now, app=app)
    if event == 'dusk_astronomical':
        # 5.2 waits for the sun to sink to 18 degrees above the horizon; later versions do not.
        schedule.cal.horizon = '-18'
    try:
        return (now + schedule.remaining_estimate(now)).timestamp() * 1000
    except TypeError:
        # Where the sun does not rise or set that day, 5.2 fails.
        return None


json.dump([answer(*question) for question in json.load(sys.stdin)], sys.stdout)
