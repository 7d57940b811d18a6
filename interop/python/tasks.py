"""The Python side of the interop tests: an app with tasks, for a worker and for scripts."""
import os
import tempfile
import time
from pathlib import Path

from celery import Celery, Task

app = Celery('interop', broker=os.environ['INTEROP_BROKER'], backend=os.environ['INTEROP_BACKEND'])
if 'DJANGO_SETTINGS_MODULE' in os.environ:
    import django
    django.setup()
app.conf.result_extended = 'INTEROP_EXTENDED' in os.environ
app.conf.update(
    task_default_queue=os.environ.get('INTEROP_QUEUE', 'celery'),
    worker_hijack_root_logger=False,
    # Of Redis; kombu's other transports refuse it.
    broker_transport_options={'visibility_timeout': int(os.environ.get('INTEROP_VISIBILITY', '3600'))}
    if os.environ['INTEROP_BROKER'].startswith('redis') else {},
)


class Denied(Exception):
    pass


class Retried(Task):
    """A worker of Celery sends the next run before it stores RETRY, and so may store it over the SUCCESS of that run.
    Here each run waits until the one before it has stored."""
    abstract = True

    def on_retry(self, exc, task_id, args, kwargs, einfo):
        # The worker calls this after the store.
        stored(task_id, self.request.retries + 1).touch()

    def before_start(self, task_id, args, kwargs):
        if self.request.retries:
            note = stored(task_id, self.request.retries)
            deadline = time.time() + 10
            while not note.exists() and time.time() < deadline:
                time.sleep(0.01)
            note.unlink(missing_ok=True)


def stored(task_id, retries):
    return Path(tempfile.gettempdir(), f'retry-stored-{task_id}-{retries}')


@app.task(name='py.add')
def add(x, y):
    return x + y


@app.task(name='py.echo')
def echo(*args, **kwargs):
    return {'args': args, 'kwargs': kwargs}


@app.task(name='py.types')
def types(*args):
    return [type(arg).__name__ for arg in args]


@app.task(name='py.fail')
def fail(text):
    raise ValueError(text)


@app.task(name='py.denied')
def denied(who, why):
    raise Denied(who, why)


@app.task(name='py.flaky', base=Retried, bind=True, max_retries=3)
def flaky(self, failures):
    if self.request.retries < failures:
        raise self.retry(exc=ValueError('attempt %d' % self.request.retries), countdown=0)
    return {'retries': self.request.retries, 'id': self.request.id}


@app.task(name='py.progress', bind=True)
def progress(self, total):
    for current in range(1, total + 1):
        self.update_state(state='PROGRESS', meta={'current': current, 'total': total})
        time.sleep(0.05)
    return total


@app.task(name='py.quiet', ignore_result=True)
def quiet():
    return 'nobody reads this'


@app.task(name='py.request', bind=True)
def request(self):
    r = self.request
    return {
        'id': r.id, 'root_id': r.root_id, 'parent_id': r.parent_id, 'retries': r.retries, 'expires': r.expires,
        'eta': r.eta, 'timelimit': r.timelimit, 'origin': r.origin, 'lang': getattr(r, 'lang', None),
        'routing_key': r.delivery_info['routing_key'], 'priority': r.delivery_info['priority'],
        'argsrepr': r.argsrepr, 'kwargsrepr': r.kwargsrepr,
        'custom': getattr(r, 'x_trace', None),
    }


@app.task(name='py.sleep')
def sleep(seconds):
    time.sleep(seconds)
    return seconds


@app.task(name='py.now')
def now():
    return time.time()


@app.task(name='py.total')
def total(numbers):
    return sum(numbers)


@app.task(name='py.list')
def list_(items):
    return items


@app.task(name='py.caught')
def caught(task_id):
    app.backend.client.rpush('caught', task_id)


@app.task(name='py.fan', bind=True)
def fan(self, n):
    from celery import group
    raise self.replace(group(add.s(i, i).set(queue='py') for i in range(n)))


@app.task(name='shared.mark')
def mark(n):
    """Also served by workers of ours: says who ran it."""
    time.sleep(0.02)
    return ['py', n]
