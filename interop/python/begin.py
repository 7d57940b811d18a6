"""A client in Python for the whole length of a test: a request as JSON on each line of standard input, its answer on a line of output."""
import json
import os
import sys
import time
import traceback

import redis
from celery.exceptions import TimeoutError
from celery.result import AsyncResult, GroupResult, result_from_tuple
from counted import app, notes
from flows import build, call_of

begun = {}
store = redis.Redis.from_url(os.environ['INTEROP_BROKER'])


def begin(run, recipe):
    """Sends a workflow. One that Celery refuses says so instead of a result."""
    try:
        flow, args, kwargs, options = call_of(recipe, app)
        begun[run] = flow.apply_async(args, kwargs, **options)
        return None
    except Exception as error:
        return {'refused': type(error).__name__, 'text': str(error)}


def ends(runs, seconds):
    """How workflows ended, waiting so long for all of them together."""
    deadline = time.monotonic() + seconds
    return {run: end_of(begun[run], deadline) for run in runs}


def end_of(result, deadline):
    if isinstance(result, GroupResult):
        return [end_of(member, deadline) for member in result.results]
    if not result.ready() and time.monotonic() >= deadline:
        return {'never': True}
    try:
        value = result.get(timeout=max(0.1, deadline - time.monotonic()), propagate=False)
    except TimeoutError:
        return {'never': True}
    if isinstance(value, Exception):
        return {'error': type(value).__name__, 'text': ', '.join(map(str, value.args))}
    return value


def ran(runs):
    """What the tasks in Python wrote down."""
    with notes.pipeline() as pipe:
        for run in runs:
            pipe.lrange('ran:' + run, 0, -1)
        return {run: [each.decode() for each in lines] for run, lines in zip(runs, pipe.execute())}


def busy():
    """The keys of everything that is queued, delayed or out: none when all is over. What nobody serves is at rest."""
    out = (b'unacked', b'unacked_index', b'lovage:delayed:celery')
    unserved = (b'lovage.quarantine', b'lovage.dead-letters')
    return [key.decode() for key in store.keys('*')
            if key in out or (store.type(key) == b'list' and not key.startswith(unserved))]


def code(text):
    """Runs what a test wrote; what it left in `answer`."""
    scope = {'app': app, 'build': build, 'json': json, 'AsyncResult': AsyncResult, 'GroupResult': GroupResult,
             'result_from_tuple': result_from_tuple, 'answer': None}
    exec(compile(text, 'test', 'exec'), scope)
    return scope['answer']


REQUESTS = {'begin': begin, 'ends': ends, 'ran': ran, 'busy': busy, 'code': code}

for line in sys.stdin:
    request = json.loads(line)
    try:
        reply = {'answer': REQUESTS[request['do']](**request['given'])}
    except Exception:
        reply = {'error': traceback.format_exc()}
    print(json.dumps(reply, default=str), flush=True)
