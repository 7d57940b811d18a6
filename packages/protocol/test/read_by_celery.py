"""Reads documents as Celery itself does. One JSON object on stdin, what was understood on stdout."""

import json
import sys

from celery import Celery, states
from celery.utils.time import maybe_iso8601
from kombu import Connection
from kombu.utils.json import loads

channel = Connection('memory://').channel()


def task_message(text):
    """A kombu envelope, the way a virtual transport and the worker take it apart."""
    raw = loads(text)
    properties = raw['properties']
    message = channel.message_to_python(raw)
    message.accept = {'application/json', 'application/x-yaml'}
    headers = message.headers
    args, kwargs, embed = message.payload
    eta, expires = headers['eta'], headers['expires']
    return {
        'task': headers['task'],
        'id': headers['id'],
        'args': args,
        'kwargs': kwargs,
        'embed': embed,
        'eta': eta and maybe_iso8601(eta).timestamp(),
        'expires': expires and maybe_iso8601(expires).timestamp(),
        'timelimit': headers['timelimit'],
        'retries': headers['retries'],
        'priority': properties['priority'],
        'redelivered': properties['delivery_info'].get('redelivered'),
    }


def result(document):
    """A result document, the way the client of a key-value backend reads it."""
    backend = Celery('reader', backend='cache+memory://').backend
    meta = backend.decode_result(document)
    meta = backend.meta_from_decoded(meta) if hasattr(backend, 'meta_from_decoded') else meta
    value = meta['result']
    if meta['status'] in states.EXCEPTION_STATES and value is not None:
        kind = type(value)
        value = {
            'module': kind.__module__,
            'name': kind.__name__,
            'args': list(value.args),
            'repr': repr(value),
            'bases': [base.__name__ for base in kind.__mro__],
        }
    return {
        'status': meta['status'],
        'result': value,
        'traceback': meta.get('traceback'),
        'task_id': meta['task_id'],
        'done': meta.get('date_done') and maybe_iso8601(meta['date_done']).isoformat(),
    }


request = json.load(sys.stdin)
json.dump(
    {
        'messages': [task_message(text) for text in request['messages']],
        'results': [result(text) for text in request['results']],
    },
    sys.stdout,
)
