"""Asks Celery's own crontab: reads questions as JSON, prints its answers as JSON."""
import json
import sys
from datetime import datetime, timedelta, timezone

from celery import Celery
from celery.schedules import crontab

try:
    from pytz import timezone as zone_of
except ImportError:  # Celery from 5.3 on does without.
    from zoneinfo import ZoneInfo as zone_of

FIELDS = ('minute', 'hour', 'day_of_week', 'day_of_month', 'month_of_year')
# Longer than any change of these clocks.
MARGIN = timedelta(minutes=65)
EPOCH = datetime(1970, 1, 1)
apps = {}


def app_of(zone):
    if zone not in apps:
        apps[zone] = Celery(set_as_current=False)
        apps[zone].conf.timezone = zone
    return apps[zone]


def wall_ms(wall):
    return (wall - EPOCH) // timedelta(milliseconds=1)


def schedule_of(fields, zone, now):
    return crontab(**fields, nowfun=lambda: now, app=app_of(zone))


def following(schedule, wall):
    """The time after this one, for a clock that nobody sets: Celery asked in UTC."""
    now = wall.replace(tzinfo=timezone.utc)
    schedule.nowfun = lambda: now
    return (now + schedule.remaining_estimate(now)).replace(tzinfo=None)


def answer(question):
    fields = {name: question[name] for name in FIELDS}
    zone = question['zone']
    after = datetime.fromtimestamp(question['after'] / 1000, timezone.utc).astimezone(zone_of(zone))
    try:
        schedule = schedule_of(fields, zone, after)
    except Exception as error:
        return {'refused': repr(error)}
    sets = {name: sorted(getattr(schedule, name)) for name in FIELDS}
    here = after.replace(tzinfo=None)
    try:
        start, delta, _ = schedule.remaining_delta(after)
        direct = wall_ms((start + delta).replace(tzinfo=None))
        unset = schedule_of(fields, 'UTC', None)
        walls = [following(unset, here - MARGIN)]
        first = None
        while True:
            if walls[-1] > here:
                first = first or walls[-1]
                if walls[-1] > first + MARGIN and walls[-1] > here + MARGIN:
                    break
            walls.append(following(unset, walls[-1]))
    except RuntimeError as error:
        return {'sets': sets, 'never': repr(error)}
    return {'sets': sets, 'direct': direct, 'walls': [wall_ms(wall) for wall in walls]}


json.dump([answer(question) for question in json.load(sys.stdin)], sys.stdout)
