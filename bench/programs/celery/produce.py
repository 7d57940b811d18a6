"""The job of a producer through Celery; the same jobs as programs/produce.js."""
import json
import sys
import time
from datetime import datetime, timedelta, timezone

from bench_app import app, count, echo, mark, now, number
from celery import chord, group


def argument(n):
    return {"n": n, "email": "someone@example.com", "ok": True}


def one(job, start):
    for n in range(start, start + job["count"]):
        echo.delay(argument(n))


def bulk(job, start):
    size = job.get("size", 1000)
    for first in range(start, start + job["count"], size):
        last = min(first + size, start + job["count"])
        group(echo.s(argument(n)) for n in range(first, last)).apply_async()


def paced(job, start):
    for n in range(start, start + job["count"]):
        time.sleep(job.get("everyMs", 20) / 1000)
        echo.delay({**argument(n), "at": now()})


def later(job, start):
    due = datetime.now(timezone.utc) + timedelta(milliseconds=job.get("etaMs", 3_600_000))
    for n in range(start, start + job["count"]):
        echo.apply_async((argument(n),), eta=due)


def two_chords(job, start):
    end = start + job["count"]
    chord(number.s(n) for n in range(end, end + job["first"]))(count.s()).get()
    mark("called", now())
    chord(number.s(n) for n in range(start, end))(count.s())
    mark("sent", now())


job = json.loads(sys.argv[1])
way = {"one": one, "bulk": bulk, "paced": paced, "later": later, "chord": two_chords}[job["how"]]
if job.get("warm"):
    way({**job, "count": job["warm"]}, job["count"])
began = now()
way(job, 0)
mark("published", (now() - began) / 1000)
app.close()
