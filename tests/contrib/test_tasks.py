"""Context from who enqueues a task to the task, with the backends of this very process."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import User
from django.utils.functional import SimpleLazyObject

from auditable import audit_context, audit_disabled
from auditable.context import current_context
from auditable.contrib.tasks import carries_context
from tests.context.who import on_one_connection

from . import jobs
from .backends import tasks
from .evidence import Entry, entries, principal, process, user

pytestmark = pytest.mark.django_db

CARRYING = {
    "decorated": jobs.write,
    "coroutine": jobs.write_async,
    "of a backend": jobs.write_of_a_backend,
}
each_carrying_task = pytest.mark.parametrize("task", CARRYING.values(), ids=CARRYING.keys())


def path(task: object) -> str:
    return task.module_path


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("alice")


@pytest.fixture
def bob() -> User:
    return User.objects.create_user("bob")


def done(result: object) -> object:
    assert result.status == tasks.TaskResultStatus.SUCCESSFUL, result.errors
    return result.return_value


@each_carrying_task
def test_actor_principal_reason_id_and_metadata_reach_the_task(task, alice, bob):
    facts = {"reason": "chargeback", "correlation_id": "id-1", "ticket": 881}
    with audit_context(actor=alice, on_behalf_of=bob, **facts):
        done(task.enqueue())
    metadata = {"ticket": 881, "task": path(task), "on_behalf_of": principal(bob)}
    assert entries() == [Entry(user(alice), "chargeback", "id-1", metadata)]


@each_carrying_task
def test_it_reaches_a_task_that_a_coroutine_enqueues(task, alice):
    @on_one_connection
    async def enqueue() -> None:
        # As in a request: whoever asks who this is, makes a query.
        actor = SimpleLazyObject(lambda: User.objects.get(pk=alice.pk))
        async with audit_context(actor=actor, reason="chargeback", correlation_id="id-1"):
            assert done(await task.aenqueue("x", unit="EUR")) == {"note": "x", "unit": "EUR"}

    enqueue()
    assert entries() == [Entry(user(alice), "chargeback", "id-1", {"task": path(task)})]


@each_carrying_task
def test_it_is_there_where_a_worker_awaits_the_task(task, alice):
    @on_one_connection
    async def work() -> None:
        with audit_context(actor=alice, correlation_id="id-1"):
            waiting = task.using(backend="dummy").enqueue("x")
        before = current_context()
        assert await task.acall(*waiting.args, **waiting.kwargs) == {"note": "x"}
        assert current_context() is before

    work()
    assert entries() == [Entry(user(alice), "", "id-1", {"task": path(task)})]


@each_carrying_task
def test_without_a_context_the_task_answers_for_it(task):
    done(task.enqueue())
    assert entries() == [Entry(process(f"task {path(task)}"))]


def test_a_reason_alone_is_carried_and_the_task_answers_for_it():
    with audit_context(reason="nightly", correlation_id="id-1", run=3):
        done(jobs.write.enqueue())
    assert entries() == [Entry(process(f"task {path(jobs.write)}"), "nightly", "id-1", {"run": 3})]


def test_nobody_stays_nobody():
    with audit_context(actor=None):
        done(jobs.write.enqueue())
    assert entries() == [Entry(("anonymous", "", ""), metadata={"task": path(jobs.write)})]


def test_disabling_is_not_carried(alice):
    with audit_context(actor=alice), audit_disabled():
        done(jobs.write.enqueue())
    with audit_disabled():
        done(jobs.write.enqueue())
    assert [entry.actor for entry in entries()] == [
        user(alice),
        process(f"task {path(jobs.write)}"),
    ]


def test_the_actor_is_frozen_when_the_task_is_enqueued(alice):
    with audit_context(actor=alice):
        waiting = jobs.write.using(backend="dummy").enqueue()
    User.objects.update(username="alicia")
    with audit_context(actor="worker", reason="of the worker", correlation_id="w-1", slot=1):
        waiting.task.call(*waiting.args, **waiting.kwargs)
    assert entries() == [Entry(user(alice), metadata={"task": path(jobs.write)})]


def test_a_task_that_enqueues_another_passes_it_on_and_keeps_its_own(alice):
    with audit_context(actor=alice, reason="first", correlation_id="id-1"):
        done(jobs.enqueuing.enqueue("default"))
    assert entries() == [
        Entry(user(alice), "from a task", "id-1", {"task": path(jobs.write)}),
        Entry(user(alice), "first", "id-1", {"task": path(jobs.enqueuing)}),
    ]


@pytest.mark.parametrize(
    ("task", "outcome"),
    [(jobs.failing, "FAILED"), (jobs.leaking, "SUCCESSFUL")],
    ids=["failing", "leaking"],
)
def test_what_happens_in_a_task_is_not_seen_by_who_enqueued_it(task, outcome, alice):
    with audit_context(actor=alice, reason="outer"):
        before = current_context()
        assert task.enqueue().status == outcome
        assert current_context() is before
        task.enqueue()
        done(jobs.write.enqueue())
    assert entries()[-1] == Entry(user(alice), "outer", "", {"task": path(jobs.write)})


def test_a_failing_task_leaves_nothing_where_nothing_was():
    before = current_context()
    assert jobs.failing.enqueue().status == "FAILED"
    assert current_context() is before


# --- What is left alone


@pytest.mark.parametrize("task", [jobs.write, jobs.write_of_a_backend])
def test_the_function_gets_its_own_arguments_and_no_other(task, alice):
    with audit_context(actor=alice):
        result = task.enqueue("x", unit="EUR", lines=[1, 2])
    assert done(result) == {"note": "x", "unit": "EUR", "lines": [1, 2]}
    assert result.args == ["x"]


def test_a_task_that_takes_its_own_context_gets_that_too(alice):
    with audit_context(actor=alice, correlation_id="id-1"):
        result = jobs.write_in_its_attempt.enqueue("x", unit="EUR")
    assert done(result) == {"note": "x", "attempt": 1, "unit": "EUR"}
    metadata = {"task": path(jobs.write_in_its_attempt)}
    assert entries() == [Entry(user(alice), "", "id-1", metadata)]


def test_what_was_asked_of_a_task_is_kept():
    kept = (7, "mails", "dummy", True, None)
    task = jobs.particular
    names = ("priority", "queue_name", "backend", "takes_context", "run_after")
    assert tuple(getattr(task, name) for name in names) == kept
    assert (task.name, path(task)) == ("particular", "tests.contrib.jobs.particular")
    assert isinstance(task, tasks.Task if hasattr(tasks, "Task") else tasks.base.Task)


def test_a_task_with_changed_options_carries_it_still(alice):
    task = jobs.write.using(priority=-5, queue_name="slow", backend="dummy")
    with audit_context(actor=alice, correlation_id="id-1"):
        waiting = task.enqueue("x")
    assert (waiting.task, waiting.task.priority, waiting.task.queue_name) == (task, -5, "slow")
    task.call(*waiting.args, **waiting.kwargs)
    assert entries() == [Entry(user(alice), "", "id-1", {"task": path(jobs.write)})]


def test_a_task_that_carries_it_twice_carries_it_once(alice):
    task = carries_context(jobs.write)
    assert task == jobs.write
    with audit_context(actor=alice):
        assert done(task.enqueue("x")) == {"note": "x"}
    assert done(carries_context(jobs.write_of_a_backend).enqueue()) == {"note": ""}
    assert len(entries()) == 2


@pytest.mark.parametrize("argument", [object(), {1, 2}], ids=["object", "set"])
def test_arguments_must_be_json_as_ever(argument):
    with pytest.raises(TypeError, match=r"(?i)json|unsupported type"):
        jobs.write.enqueue(argument)
    with pytest.raises(TypeError, match=r"(?i)json|unsupported type"):
        jobs.write.enqueue(note=argument)
    assert entries() == []


def test_what_is_carried_is_json_whatever_the_context_holds(alice):
    with audit_context(actor=alice, reason="a\0b", when=object, pair=(1, 2)):
        waiting = jobs.write.using(backend="dummy").enqueue()
    assert json.loads(json.dumps(waiting.kwargs)) == {
        "_audit_context": {
            "reason": "a\ufffdb",
            "metadata": {"when": "<class 'object'>", "pair": [1, 2]},
            "actor": [*user(alice), ""],
        }
    }


def test_a_task_without_the_decorator_carries_nothing(alice):
    with audit_context(actor=alice, reason="here"):
        waiting = jobs.write_plain.using(backend="dummy").enqueue()
        done(jobs.write_plain.enqueue())
    assert waiting.kwargs == {}
    # It ran in this very thread, so the block around it counted.
    assert entries() == [Entry(user(alice), "here")]


# --- Called, and enqueued again


def test_a_task_that_is_called_is_a_function(alice):
    with audit_context(actor=alice, reason="called", correlation_id="id-1"):
        assert jobs.write.call("x") == {"note": "x"}
    assert entries() == [Entry(user(alice), "called", "id-1")]


def test_a_task_that_was_enqueued_without_a_context_ever_is_named_all_the_same():
    jobs.write.call()
    assert entries() == [Entry(process(f"task {path(jobs.write)}"))]


@pytest.mark.parametrize("who", ["bob", None], ids=["by someone", "by nobody known"])
def test_a_task_that_is_enqueued_again_is_in_the_context_of_who_does_that(who, alice):
    with audit_context(actor=alice, reason="first", correlation_id="id-1"):
        waiting = jobs.write.using(backend="dummy").enqueue("x")
    if who:
        with audit_context(actor=who):
            done(jobs.write.enqueue(*waiting.args, **waiting.kwargs))
        expected = Entry(("service", who, who), metadata={"task": path(jobs.write)})
    else:
        done(jobs.write.enqueue(*waiting.args, **waiting.kwargs))
        expected = Entry(process(f"task {path(jobs.write)}"))
    assert entries() == [expected]


def test_what_is_no_task_is_refused():
    with pytest.raises(TypeError) as caught:
        carries_context(path)
    assert str(caught.value) == (f"carries_context({path!r}): give a task; write it above @task.")
