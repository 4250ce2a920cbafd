"""A Celery app, for publishers and for a worker of its own process.

The worker reads the same settings as the tests, with the databases of the run that started it.
"""

from __future__ import annotations

import os
from typing import Any

from celery import Celery

from . import elsewhere

REDIS = os.environ.get("AUDITABLE_TEST_REDIS", "redis://127.0.0.1:6379/0")
BROKER = os.environ.get("AUDITABLE_TEST_BROKER", REDIS)
QUEUE = os.environ.get("AUDITABLE_TEST_QUEUE", f"auditable-{os.getpid()}")

elsewhere.set_up()

# Models need the settings above.
from auditable import audit_context  # noqa: E402
from auditable.contrib import celery  # noqa: E402
from tests.ledger.models import Transfer  # noqa: E402

app = Celery("tests", broker=BROKER, backend=REDIS)
app.conf.update(
    task_default_queue=QUEUE,
    broker_connection_retry_on_startup=True,
    result_expires=600,
    worker_prefetch_multiplier=1,
)
celery.connect()
celery.connect()  # a second call changes nothing


@app.task(name="write")
def write(note: str = "") -> None:
    Transfer.objects.create(note=note)


@app.task(name="add")
def add(previous: object = None, note: str = "") -> None:
    Transfer.objects.create(note=note)


@app.task(name="write_in_a_block")
def write_in_a_block() -> None:
    with audit_context(reason="inner"):
        Transfer.objects.create()
    Transfer.objects.create()


@app.task(name="retrying", bind=True, max_retries=2, default_retry_delay=0)
def retrying(self: Any) -> int:
    Transfer.objects.create(note=str(self.request.retries))
    if self.request.retries < 2:
        raise self.retry()
    return int(self.request.retries)


@app.task(
    name="failing_at_first",
    bind=True,
    autoretry_for=(ZeroDivisionError,),
    retry_kwargs={"max_retries": 1, "countdown": 0},
)
def failing_at_first(self: Any) -> None:
    Transfer.objects.create(note=str(self.request.retries))
    if not self.request.retries:
        raise ZeroDivisionError


@app.task(name="failing")
def failing() -> None:
    raise ZeroDivisionError


@app.task(name="publishing")
def publishing() -> None:
    with audit_context(reason="from a task"):
        write.delay("published")


@app.task(name="leaking")
def leaking() -> None:
    audit_context(actor="leak", reason="leak", leak=True).__enter__()
    Transfer.objects.create(note="leak")
