"""The Celery side: the same task, the same marks, the same clock as programs/clock.js."""
import os
import time

from celery import Celery
from celery.signals import worker_ready

url = os.environ["BENCH_URL"]
app = Celery("bench", broker=url, backend=os.environ.get("BENCH_RESULTS", url))
app.conf.update(task_acks_late=True, worker_hijack_root_logger=False)
if url.startswith("amqp"):
    # By itself it does not wait for them.
    app.conf.broker_transport_options = {"confirm_publish": True}

ran = False


def now():
    """Milliseconds of CLOCK_MONOTONIC."""
    return time.monotonic_ns() / 1e6


def mark(what, value):
    with open(os.environ["BENCH_MARKS"], "a", encoding="utf-8") as marks:
        marks.write(f"{what} {value!r}\n")


@app.task(name="bench.echo")
def echo(argument):
    global ran
    if "at" in argument:
        mark("latency", now() - argument["at"])
    if not ran:
        ran = True
        mark("first", now())
    return argument


@app.task(name="bench.number")
def number(n):
    return n


@app.task(name="bench.count")
def count(numbers):
    mark("body", now())
    in_place = sum(n == numbers[0] + at for at, n in enumerate(numbers))
    mark("counted", in_place)
    return in_place


@worker_ready.connect
def ready(**_):
    mark("ready", now())
