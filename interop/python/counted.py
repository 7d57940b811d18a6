"""Tasks that write down each run of theirs, under the workflow's tag `run`: the twins of `canvas/tasks.ts`."""
import json
import os

import redis
from flows import build
from tasks import Retried, app

# A message that is out stays in `unacked` until all that follows it is sent: so a test sees when everything is over.
app.conf.task_acks_late = True


# Beside the results, or, where those are in other tables, in the other database of the broker's server.
notes = redis.Redis.from_url(os.environ.get('INTEROP_NOTES', os.environ['INTEROP_BACKEND']))


class Broken(Exception):
    pass


def wrote(run, *words):
    notes.rpush('ran:' + run, ' '.join(words))


def text(value):
    return json.dumps(value, separators=(',', ':'), ensure_ascii=False)


@app.task(name='flow.py.add')
def add(x, y, *, run):
    wrote(run, 'add')
    return x + y


@app.task(name='flow.py.total')
def total(numbers, *, run):
    wrote(run, 'total')
    return sum(numbers)


@app.task(name='flow.py.list')
def list_(items, *, run):
    wrote(run, 'list')
    return items


@app.task(name='flow.py.echo')
def echo(*args, run, **kwargs):
    wrote(run, 'echo')
    return {'args': args, 'kwargs': kwargs}


@app.task(name='flow.py.note')
def note(*args, run, label='note'):
    """A callback: what it was given is part of what is counted."""
    wrote(run, label, text(args))
    return list(args)


@app.task(name='flow.py.quiet', ignore_result=True)
def quiet(*args, run):
    wrote(run, 'quiet')
    return list(args)


@app.task(name='flow.py.fail')
def fail(*args, run, message='no'):
    wrote(run, 'fail')
    raise Broken(message)


@app.task(name='flow.py.caught')
def caught(task_id, *, run, label='caught', fails=False):
    wrote(run, label)
    if fails:
        raise Broken('again')


@app.task(name='flow.py.alarm')
def alarm(request, exc, traceback, *, run):
    """An error callback in Celery's new style, called in the worker where a task of Python failed."""
    wrote(run, 'alarm')


@app.task(name='flow.py.flaky', base=Retried, bind=True, max_retries=5)
def flaky(self, value, *, run, failures):
    wrote(run, 'flaky')
    if self.request.retries < failures:
        raise self.retry(exc=Broken('again'), countdown=0)
    return value


@app.task(name='flow.py.become', bind=True)
def become(self, *args, run, recipe):
    wrote(run, 'become')
    raise self.replace(build(recipe, app))


@app.task(name='flow.py.grow', bind=True)
def grow(self, value, *, run, recipes):
    wrote(run, 'grow')
    for recipe in recipes:
        self.add_to_chord(build(recipe, app))
    return value


@app.task(name='flow.py.start', bind=True)
def start(self, *args, run, recipe):
    """Begins another workflow from within."""
    wrote(run, 'start')
    build(recipe, app).apply_async()
    return 'started'


@app.task(name='flow.py.urgency', bind=True)
def urgency(self, *args, run):
    wrote(run, 'urgency')
    return self.request.delivery_info['priority']


@app.task(name='flow.py.item')
def item(given):
    wrote(given['run'], 'item')
    return given['n'] * 10


@app.task(name='flow.py.pair')
def pair(x, y, run):
    wrote(run, 'pair')
    return x * y
