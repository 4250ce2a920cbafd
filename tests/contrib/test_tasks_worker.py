"""Context from who enqueues a task to a worker of another process, through a queue in tables."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from auditable import audit_context, audit_disabled

from . import elsewhere, jobs
from .evidence import Entry, entries, principal, process, user

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytest.importorskip("django_tasks_db", reason="no backend with a worker is installed")

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def worker(django_db_setup: None) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.contrib.elsewhere"],
        cwd=ROOT,
        env=os.environ | elsewhere.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.stdin.close()
        process.wait(30)


@pytest.fixture
def work(worker: subprocess.Popen[str]) -> Callable[..., None]:
    def run(backend: str = "stored") -> None:
        worker.stdin.write(f"{backend}\n")
        worker.stdin.flush()
        assert worker.stdout.readline() == "done\n"

    return run


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("alice")


def stored(task: object) -> object:
    return task.using(backend="stored")


def done(result: object) -> object:
    result.refresh()
    assert result.status == "SUCCESSFUL", result.errors
    return result.return_value


@pytest.mark.parametrize(
    ("task", "returned"),
    [
        (jobs.write, {"note": "x", "unit": "EUR"}),
        (jobs.write_async, {"note": "x", "unit": "EUR"}),
        (jobs.write_in_its_attempt, {"note": "x", "unit": "EUR", "attempt": 1}),
    ],
    ids=["function", "coroutine", "with its own context"],
)
def test_actor_principal_reason_id_and_metadata_reach_the_worker(work, alice, task, returned):
    bob = User.objects.create_user("bob")
    facts = {"reason": "chargeback", "correlation_id": "id-1", "ticket": 881}
    with audit_context(actor=alice, on_behalf_of=bob, **facts):
        result = stored(task).enqueue("x", unit="EUR")
    assert entries() == []
    work()
    assert done(result) == returned
    metadata = {"ticket": 881, "task": task.module_path, "on_behalf_of": principal(bob)}
    assert entries() == [Entry(user(alice), "chargeback", "id-1", metadata)]


def test_every_task_of_a_backend_that_carries_it_has_it(work, alice):
    task = jobs.write_of_a_stored_backend
    with audit_context(actor=alice, reason="chargeback", correlation_id="id-1"):
        result = task.enqueue()
    work("stored-carrying")
    done(result)
    assert entries() == [Entry(user(alice), "chargeback", "id-1", {"task": task.module_path})]


def test_the_actor_is_frozen_when_the_task_is_enqueued(work, alice):
    with audit_context(actor=alice):
        stored(jobs.write).enqueue()
    before = user(alice)
    User.objects.update(username="alicia")
    work()
    assert entries() == [Entry(before, metadata={"task": jobs.write.module_path})]


def test_without_a_context_the_task_answers_for_it(work):
    stored(jobs.write).enqueue()
    work()
    assert entries() == [Entry(process(f"task {jobs.write.module_path}"))]


def test_without_the_decorator_only_the_worker_is_known(work, alice):
    with audit_context(actor=alice, reason="chargeback", correlation_id="id-1"):
        stored(jobs.write_plain).enqueue()
    work()
    assert entries() == [Entry(process("elsewhere.py"))]


def test_disabling_is_not_carried(work, alice):
    with audit_context(actor=alice), audit_disabled():
        stored(jobs.write).enqueue()
    work()
    assert entries() == [Entry(user(alice), metadata={"task": jobs.write.module_path})]


def test_a_task_that_enqueues_another_passes_it_on(work, alice):
    with audit_context(actor=alice, reason="first", correlation_id="id-1"):
        stored(jobs.enqueuing).enqueue("stored")
    work()
    assert entries() == [
        Entry(user(alice), "first", "id-1", {"task": jobs.enqueuing.module_path}),
        Entry(user(alice), "from a task", "id-1", {"task": jobs.write.module_path}),
    ]


def test_nothing_is_left_for_the_next_task_of_the_worker(work, alice):
    with audit_context(actor=alice, reason="first", correlation_id="id-1", ticket=1):
        failed = stored(jobs.failing).enqueue()
        stored(jobs.leaking).enqueue()
    stored(jobs.write_plain).enqueue()
    stored(jobs.write).enqueue()
    work()
    failed.refresh()
    assert [error.exception_class for error in failed.errors] == [ZeroDivisionError]
    assert entries()[1:] == [
        Entry(process("elsewhere.py")),
        Entry(process(f"task {jobs.write.module_path}")),
    ]


def test_a_task_that_is_enqueued_on_commit_has_the_context_of_its_block(work, alice):
    with transaction.atomic(), audit_context(actor=alice, reason="inner"):
        transaction.on_commit(lambda: stored(jobs.write).enqueue())
    work()
    assert entries() == [Entry(user(alice), "inner", "", {"task": jobs.write.module_path})]


def test_priority_queue_and_time_are_kept(work, alice):
    soon = timezone.now()
    with audit_context(actor=alice, correlation_id="id-1"):
        task = stored(jobs.write).using(priority=9, queue_name="slow", run_after=soon)
        result = task.enqueue()
    work()
    done(result)
    ran = result.task.get_backend().get_result(result.id).task
    assert (ran.priority, ran.queue_name, ran.run_after) == (9, "slow", soon)
    assert entries() == [Entry(user(alice), "", "id-1", {"task": jobs.write.module_path})]
