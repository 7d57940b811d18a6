"""Runs the Python code on standard input beside `tasks`, and prints what it left in `answer` as JSON on the last line."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import celery  # noqa: E402
from celery import chain, chord, group, signature  # noqa: E402,F401
from tasks import app  # noqa: E402


def send(name, *args, **options):
    return app.send_task(name, args=args, **options)


def outcome(result, timeout=20):
    """How a task ended, as a caller in Python sees it."""
    try:
        return {'value': result.get(timeout=timeout), 'state': result.state}
    except Exception as error:
        return {
            'type': type(error).__name__, 'module': type(error).__module__, 'text': str(error),
            'args': [repr(arg) for arg in error.args], 'state': result.state, 'traceback': result.traceback,
        }


scope = {'app': app, 'send': send, 'outcome': outcome, 'celery': celery, 'chain': chain, 'chord': chord,
         'group': group, 'signature': signature, 'answer': None}
exec(compile(sys.stdin.read(), 'script', 'exec'), scope)
print(json.dumps(scope['answer'], default=str))
