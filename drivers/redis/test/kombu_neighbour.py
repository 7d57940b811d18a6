"""What another program does that speaks kombu on the same Redis: one command of JSON in, lines of JSON out."""
import json
import os
import sys

from kombu import Connection, Exchange, Queue


def publish(connection, order):
    queue = bind(connection, order["queue"])
    producer = connection.Producer()
    for each in order["messages"]:
        producer.publish(
            each["body"], exchange="", routing_key=queue.name, serializer="json",
            headers={"task": "t", "id": each["body"]}, priority=each.get("priority", 0),
        )


def bind(connection, name):
    queue = Queue(name, Exchange(name), routing_key=name)
    queue(connection.default_channel).declare()
    return queue


def consume(connection, order):
    """Take messages; acknowledge them, or die with them in hand."""
    queue = bind(connection, order["queue"])
    taken = []

    def take(body, message):
        taken.append(message)
        print(json.dumps({
            "body": body, "headers": message.headers, "properties": message.properties,
            "deliveryInfo": message.delivery_info,
        }), flush=True)
        if order.get("ack", True):
            message.ack()

    with connection.Consumer(queue, callbacks=[take], accept=["json"]):
        while len(taken) < order["count"]:
            connection.drain_events(timeout=10)
        if not order.get("ack", True):
            os._exit(9)


def restore(connection, order):
    """What a worker does at its start and every hundred seconds."""
    connection.default_channel.qos.restore_visible(num=None, interval=1)


def main():
    order = json.load(sys.stdin)
    with Connection(order["url"], transport_options=order.get("options", {})) as connection:
        {"publish": publish, "consume": consume, "restore": restore}[order["do"]](connection, order)


main()
