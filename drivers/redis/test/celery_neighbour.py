"""What Celery does on the same Redis: one command of JSON in, one line of JSON out."""
import json
import sys
from types import SimpleNamespace

from celery import Celery

order = json.load(sys.stdin)
app = Celery("neighbour", broker=order["url"], backend=order["url"])
app.conf.broker_transport_options = {"global_keyprefix": order.get("prefix", "")}


@app.task(name="neighbour.body")
def body(parts):
    return parts


def part(order):
    """A worker finishes one part of a chord's header."""
    for each in order["parts"]:
        request = SimpleNamespace(
            id=each["id"], group=order["group"], group_index=each["index"], chord=dict(body.s(), options={"task_id": "b"}),
        )
        app.backend.on_chord_part_return(request, "SUCCESS", each["result"])


def begin(order):
    """A client sends a chord's header."""
    app.backend.set_chord_size(order["group"], order["size"])
    part(order)


def ping(order):
    """A client asks all workers whether they live, until one has answered."""
    return app.control.broadcast("ping", reply=True, timeout=10, limit=1)


def event(order):
    """A worker tells what it does."""
    with app.connection_for_write() as connection:
        app.events.Dispatcher(connection, hostname="w1@host1").send("worker-tested", x=1)


def store(order):
    """A worker stores results."""
    for each in order["ids"]:
        app.backend.store_result(each, {"x": 1}, "SUCCESS")


def get(order):
    """A client reads results."""
    return [app.AsyncResult(each).get(timeout=10) for each in order["ids"]]


print(json.dumps({f.__name__: f for f in (part, begin, ping, event, store, get)}[order["do"]](order)))
