"""Context from who publishes a task to who runs it; with a real broker and a real worker."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from celery import chain, chord, group
from celery.result import AsyncResult
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path

from auditable import audit_context, audit_disabled
from auditable.context import current_context
from auditable.models import AuditEntry
from tests.context.test_middleware import FIRST
from tests.ledger.models import Transfer

from . import brokers, queue
from .evidence import ME

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = tuple[str, str, str, str]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module", params=brokers.BROKERS)
def worker(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    broker = brokers.BROKERS[request.param]
    brokers.demand(broker)
    log = tmp_path_factory.mktemp("worker") / "worker.log"
    with log.open("w") as output, brokers.worker(broker, output):
        yield


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("alice", password="secret")


def done(result: AsyncResult[object]) -> None:
    result.get(timeout=60)


def rows() -> list[Row]:
    """(type, display name, reason, correlation id) of all entries, oldest first."""
    columns = ("actor_type", "actor_repr", "reason", "correlation_id")
    return list(AuditEntry.objects.order_by("pk").values_list(*columns))


def rows_when(count: int) -> list[Row]:
    """The same, as soon as there are so many."""
    until = time.monotonic() + 60
    while AuditEntry.objects.count() < count and time.monotonic() < until:
        time.sleep(0.05)
    return rows()


def test_actor_reason_id_and_metadata_reach_the_worker(worker, alice):
    bob = User.objects.create_user("bob")
    with audit_context(
        actor=alice, on_behalf_of=bob, reason="chargeback", correlation_id="id-1", ticket=881
    ):
        done(queue.write.delay())
    entry = AuditEntry.objects.get()
    assert (entry.actor_type, entry.actor_id, entry.actor_repr) == ("user", str(alice.pk), "alice")
    assert (entry.reason, entry.correlation_id) == ("chargeback", "id-1")
    assert entry.metadata == {
        "ticket": 881,
        "task": "write",
        "on_behalf_of": {"type": "user", "id": str(bob.pk), "repr": "bob"},
    }
    assert entry.actor == alice


def test_facts_that_only_json_has_a_form_for_are_carried(worker, alice):
    facts = {"number": 2**70, "n" * 300: [None, -1.5, "é"], "deep": {"when": True}}
    with audit_context(actor=alice, **facts):
        done(queue.write.delay())
    assert AuditEntry.objects.get().metadata == {"task": "write", **facts}


def test_without_a_context_the_task_answers_for_it(worker):
    result = queue.write.delay()
    done(result)
    assert rows() == [("system", f"celery write ({ME})", "", result.id)]
    assert AuditEntry.objects.get().metadata == {}


def test_without_a_context_the_id_is_that_of_the_first_task_of_a_workflow(worker):
    done(queue.write.apply_async(root_id="first", parent_id="second"))
    assert rows() == [("system", f"celery write ({ME})", "", "first")]


def test_a_reason_alone_is_carried_and_the_task_answers_for_it(worker):
    with audit_context(reason="nightly", correlation_id="id-1"):
        done(queue.write.delay())
    assert rows() == [("system", f"celery write ({ME})", "nightly", "id-1")]


def test_nobody_stays_nobody(worker):
    with audit_context(actor=None, correlation_id="id-1"):
        done(queue.write.delay())
    assert rows() == [("anonymous", "", "", "id-1")]


def test_the_actor_is_frozen_when_the_task_is_published(worker, alice):
    with audit_context(actor=alice, correlation_id="id-1"):
        result = queue.write.apply_async(countdown=0.5)
    User.objects.update(username="alicia")
    done(result)
    assert rows() == [("user", "alice", "", "id-1")]


@pytest.mark.parametrize(("task", "runs"), [(queue.retrying, 3), (queue.failing_at_first, 2)])
def test_retries_keep_it(worker, alice, task, runs):
    with audit_context(actor=alice, reason="again", correlation_id="id-1"):
        done(task.delay())
    assert rows() == [("user", "alice", "again", "id-1")] * runs


def test_every_task_of_a_chain_a_group_and_a_chord_has_it(worker, alice):
    with audit_context(actor=alice, reason="many", correlation_id="id-1"):
        done(chain(queue.write.si("one"), queue.add.s("two"), queue.add.s("three")).delay())
        done(group(queue.write.si("four"), queue.write.si("five")).delay())
        done(chord([queue.write.si("six"), queue.write.si("seven")], queue.add.s("eight")).delay())
    assert rows_when(8) == [("user", "alice", "many", "id-1")] * 8


def test_callbacks_of_success_and_of_failure_have_it(worker, alice):
    with audit_context(actor=alice, reason="callback", correlation_id="id-1"):
        done(queue.write.apply_async(link=queue.add.s("success")))
        queue.failing.apply_async(link_error=queue.write.si("failure"))
    assert rows_when(3) == [("user", "alice", "callback", "id-1")] * 3


def test_a_task_that_publishes_another_passes_it_on(worker, alice):
    with audit_context(actor=alice, reason="first", correlation_id="id-1"):
        done(queue.publishing.delay())
    assert rows_when(1) == [("user", "alice", "from a task", "id-1")]


def test_a_task_without_an_actor_passes_its_id_on_and_the_next_one_answers_for_itself(worker):
    result = queue.publishing.delay()
    done(result)
    assert rows_when(1) == [("system", f"celery write ({ME})", "from a task", result.id)]


def test_nothing_is_left_for_the_next_task_of_the_worker(worker, alice):
    with audit_context(actor=alice, reason="first", correlation_id="id-1", ticket=1):
        done(queue.leaking.delay())
        queue.failing.delay()
    result = queue.write.delay()
    done(result)
    assert rows()[-1] == ("system", f"celery write ({ME})", "", result.id)
    assert AuditEntry.objects.order_by("-pk")[0].metadata == {}


def test_a_block_in_a_task_stands_over_what_was_carried(worker, alice):
    with audit_context(actor=alice, reason="outer", correlation_id="id-1"):
        done(queue.write_in_a_block.delay())
    assert [reason for _, _, reason, _ in rows()] == ["inner", "outer"]


def test_a_task_that_is_published_by_its_name_has_it_and_other_headers_stay(worker, alice):
    with audit_context(actor=alice, correlation_id="id-1"):
        done(queue.app.send_task("write", headers={"x-own": "1"}))
    assert rows() == [("user", "alice", "", "id-1")]


def test_disabling_is_not_carried(worker, alice):
    with audit_context(actor=alice, correlation_id="id-1"), audit_disabled():
        done(queue.write.delay())
    assert rows() == [("user", "alice", "", "id-1")]


def test_a_task_that_is_published_on_commit_has_the_context_of_its_block(worker, alice):
    results = []
    facts = {"reason": "inner", "correlation_id": "id-1"}
    with transaction.atomic(), audit_context(actor=alice, **facts):
        transaction.on_commit(lambda: results.append(queue.write.delay()))
        assert not results
    done(results[0])
    assert rows() == [("user", "alice", "inner", "id-1")]


# --- From a request


def publish(request: object) -> HttpResponse:
    done(queue.write.delay())
    return HttpResponse("published")


def log_in_and_publish(request: object) -> HttpResponse:
    from django.contrib.auth import login

    done(queue.write.delay())
    login(request, User.objects.get(username="alice"))
    done(queue.write.delay())
    return HttpResponse("published")


urlpatterns = [path("publish/", publish), path("log-in/", log_in_and_publish)]


@pytest.mark.urls(__name__)
def test_a_request_carries_its_user_and_its_id(worker, alice):
    headers = {"X-Correlation-ID": "id-1"}
    with override_settings(MIDDLEWARE=FIRST):
        Client().get("/publish/", headers=headers)
        Client().get("/log-in/", headers=headers)
    nobody, known = ("anonymous", "", "", "id-1"), ("user", "alice", "", "id-1")
    assert rows() == [nobody, nobody, known]


# --- Without a worker


@pytest.fixture
def eager() -> Iterator[None]:
    queue.app.conf.task_always_eager = True
    yield
    queue.app.conf.task_always_eager = False


def test_an_eager_task_is_in_the_context_it_is_called_in(eager, alice):
    with audit_context(actor=alice, reason="eager", correlation_id="id-1"):
        before = current_context()
        queue.write.delay()
        queue.retrying.delay()
        queue.publishing.delay()
        chain(queue.write.si(), queue.add.s()).delay()
        assert current_context() is before
    assert [row[2] for row in rows()] == ["eager"] * 4 + ["from a task"] + ["eager"] * 2
    assert {row[:2] + row[3:] for row in rows()} == {("user", "alice", "id-1")}
    tasks = [entry.metadata["task"] for entry in AuditEntry.objects.order_by("pk")]
    assert tasks == ["write", *["retrying"] * 3, "write", "write", "add"]


def test_eager_groups_and_chords_are_in_the_context_they_are_called_in(eager, alice):
    with audit_context(actor=alice, reason="eager", correlation_id="id-1"):
        before = current_context()
        group(queue.write.si("one"), queue.write.si("two")).delay()
        chord([queue.write.si("three")], queue.add.s("four")).delay()
        assert current_context() is before
    assert rows() == [("user", "alice", "eager", "id-1")] * 4


def test_an_error_in_an_eager_task_leaves_the_context_as_it_was(alice):
    before = current_context()
    with pytest.raises(ZeroDivisionError):
        queue.failing.apply(throw=True)
    assert current_context() is before
    with audit_context(actor=alice, reason="outer"):
        within = current_context()
        with pytest.raises(ZeroDivisionError):
            queue.failing.apply(throw=True)
        assert current_context() is within


def test_an_eager_task_without_a_context_answers_for_itself_and_leaves_nothing(eager):
    before = current_context()
    queue.write.delay()
    assert queue.failing.delay().failed()
    assert current_context() is before
    assert rows() == [("system", f"celery write ({ME})", "", "")]


def test_a_task_that_is_called_is_a_function(alice):
    with audit_context(actor=alice):
        queue.write("called")
    assert rows() == [("user", "alice", "", "")]
    assert Transfer.objects.get().note == "called"
