"""The brokers that Celery's messages are tested with, and a worker at each of them.

Redis holds the results of both. It must be there where `CI` is set, or
`AUDITABLE_REQUIRE_DATABASES`; RabbitMQ is used where it is found.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

import pytest
from kombu import Connection

from . import elsewhere, queue

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]

REQUIRED = bool(
    {os.environ.get("CI"), os.environ.get("AUDITABLE_REQUIRE_DATABASES")} & {"1", "true"}
)


class Broker(NamedTuple):
    name: str
    url: str
    pool: str
    """Kind of the worker's pool: whether a process or a thread runs a task."""


REDIS = Broker("Redis", queue.REDIS, "prefork")
RABBITMQ = Broker(
    "RabbitMQ",
    os.environ.get("AUDITABLE_TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672//"),
    "threads",
)
BROKERS = {"redis": REDIS, "rabbitmq": RABBITMQ}


def demand(broker: Broker) -> None:
    """Skip the test where a broker is missing; fail where it must not be."""
    for needed in dict.fromkeys((REDIS, broker)):
        if answers(needed):
            continue
        missing = f"no {needed.name} answers at {Connection(needed.url).as_uri()}"
        if REQUIRED and needed is REDIS:
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)


def answers(broker: Broker) -> bool:
    """Whether someone listens; that he refuses us then is an error of the tests."""
    found = Connection(broker.url)
    try:
        port = found.port or found.transport.default_port
        socket.create_connection((found.hostname, port), timeout=5).close()
    except OSError:
        return False
    return True


@contextmanager
def worker(broker: Broker, log: TextIO) -> Iterator[None]:
    """Publish to that broker, with a worker at its other end."""
    use(broker)
    options = f"--pool {broker.pool} -c 1 -n {queue.QUEUE} --without-mingle --without-gossip"
    process = subprocess.Popen(
        [
            sys.executable,
            *["-m", "celery", "-A", "tests.contrib.queue:app", "worker"],
            *options.split(),
        ],
        cwd=ROOT,
        env=os.environ | elsewhere.environment() | own(broker),
        stdout=log,
        stderr=log,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)
        with queue.app.connection_for_write() as connection:
            connection.default_channel.queue_delete(queue.QUEUE)
            connection.default_channel.exchange_delete(queue.QUEUE)
        use(REDIS)


def own(broker: Broker) -> dict[str, str]:
    return {"AUDITABLE_TEST_BROKER": broker.url, "AUDITABLE_TEST_QUEUE": queue.QUEUE}


def use(broker: Broker) -> None:
    queue.app.close()
    queue.app.__dict__.pop("amqp", None)  # remembers connections to the other broker
    queue.app.conf.broker_url = broker.url
