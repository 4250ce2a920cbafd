"""What is in force where: blocks, nesting, decorators. No database in sight."""

from __future__ import annotations

import asyncio
import inspect
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial

import pytest
from asgiref.sync import async_to_sync, iscoroutinefunction, sync_to_async
from django.utils.functional import SimpleLazyObject
from hypothesis import given
from hypothesis import strategies as st

from auditable import audit_context
from auditable.context import NOT_GIVEN, bound, current_context


def reason() -> str:
    return str(current_context().reason)


def test_nothing_is_in_force_by_itself():
    context = current_context()
    assert (context.actor, context.reason, context.correlation_id) == (NOT_GIVEN, "", "")
    assert (dict(context.metadata), context.disabled) == ({}, False)


def test_inner_values_stand_over_outer_ones_and_the_outer_ones_come_back():
    with audit_context(actor="importer", reason="outer", correlation_id="job-1", file="a.csv"):
        outer = current_context()
        with audit_context(reason="inner", line=7):
            inner = current_context()
            assert (inner.actor, inner.reason, inner.correlation_id) == (
                "importer",
                "inner",
                "job-1",
            )
            assert dict(inner.metadata) == {"file": "a.csv", "line": 7}
        assert current_context() is outer
    assert current_context().actor is NOT_GIVEN


def test_an_error_restores_what_was_in_force():
    with audit_context(reason="outer"):
        with pytest.raises(ZeroDivisionError), audit_context(reason="inner"):
            1 / 0
        assert reason() == "outer"


def test_what_is_not_given_is_left_and_an_empty_reason_takes_it_away():
    with audit_context(actor="importer", reason="outer", correlation_id="job-1"):
        with audit_context(reason=None, correlation_id=None):
            assert (reason(), current_context().correlation_id) == ("outer", "job-1")
        with audit_context(reason=""):
            assert reason() == ""


def test_nobody_on_purpose_is_not_the_same_as_nobody_said():
    with audit_context(actor="importer"), audit_context(actor=None):
        assert current_context().actor is None


def test_a_new_actor_acts_for_himself():
    with audit_context(actor="alice", on_behalf_of="bob"):
        with audit_context(reason="same actor"):
            assert current_context().on_behalf_of == "bob"
        with audit_context(actor="carol"):
            assert current_context().on_behalf_of is None
        assert current_context().on_behalf_of == "bob"


def test_metadata_of_the_caller_is_not_shared():
    given = {"file": "a.csv"}
    with audit_context(**given):
        given["file"] = "b.csv"
        assert current_context().metadata["file"] == "a.csv"
        with pytest.raises(TypeError):
            current_context().metadata["file"] = "c.csv"


@pytest.mark.parametrize("actor", [42, "", "  ", b"importer", object(), ["alice"]])
def test_what_is_no_actor_is_refused_where_it_is_given(actor):
    with pytest.raises(TypeError) as refused:
        audit_context(actor=actor)
    assert str(refused.value) == (
        f"audit_context(actor={actor!r}): give a user, the name of a service, or None."
    )


def test_a_lazy_user_is_not_looked_at():
    def look() -> None:
        raise AssertionError("looked at")

    with audit_context(actor=SimpleLazyObject(look), on_behalf_of=SimpleLazyObject(look)):
        pass


def test_a_name_that_the_log_uses_is_refused():
    with pytest.raises(TypeError, match="actor_model"):
        audit_context(actor_model="auth.user")


def test_one_block_can_be_entered_again_and_by_many_threads():
    block = audit_context(reason="shared")
    both = threading.Barrier(2)

    def work() -> list[str]:
        seen = []
        with block:
            both.wait()
            seen.append(reason())
            with audit_context(reason="own"), block:
                seen.append(reason())
            seen.append(reason())
            both.wait()
        return [*seen, reason()]

    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(work) for _ in range(2)]
        assert [future.result() for future in futures] == [["shared", "shared", "shared", ""]] * 2


# --- Decorators


def test_a_decorated_function_runs_inside_and_keeps_its_name():
    @audit_context(reason="function")
    def work(one: int, *, two: int) -> tuple[int, int, str]:
        """Docs."""
        return one, two, reason()

    assert work(1, two=2) == (1, 2, "function")
    assert (work.__name__, work.__doc__) == ("work", "Docs.")
    assert reason() == ""


def test_a_decorated_function_may_call_itself():
    @audit_context(reason="again", depth=0)
    def work(depth: int) -> list[str]:
        return [reason(), *(work(depth - 1) if depth else [])]

    assert work(3) == ["again"] * 4
    assert reason() == ""


async def test_a_decorated_coroutine_runs_inside_and_stays_a_coroutine_function():
    @audit_context(reason="coroutine")
    async def work() -> str:
        await asyncio.sleep(0)
        return reason()

    assert iscoroutinefunction(work)
    assert await work() == "coroutine"
    assert reason() == ""


def test_a_decorated_generator_does_not_show_its_consumer_what_is_in_force_inside():
    @audit_context(reason="generator")
    def steps():
        yield reason()
        with audit_context(reason="deeper"):
            yield reason()
            yield reason()
        yield reason()

    assert inspect.isgeneratorfunction(steps)
    seen = []
    for inside in steps():
        seen.append((inside, reason()))
        with audit_context(reason="consumer"):
            pass
    assert seen == [("generator", ""), ("deeper", ""), ("deeper", ""), ("generator", "")]


def test_a_decorated_generator_takes_what_is_sent_thrown_and_returned():
    closed = []

    @audit_context(reason="generator")
    def echo():
        got = None
        try:
            while True:
                try:
                    got = yield got, reason()
                except KeyError as error:
                    got = error.args[0]
                if got == "stop":
                    return "done", reason()
        finally:
            closed.append(reason())

    running = echo()
    assert next(running) == (None, "generator")
    with audit_context(reason="consumer"):
        assert running.send("one") == ("one", "generator")
        assert running.throw(KeyError("two")) == ("two", "generator")
        with pytest.raises(StopIteration) as stopped:
            running.send("stop")
    assert stopped.value.value == ("done", "generator")

    running = echo()
    next(running)
    with pytest.raises(ZeroDivisionError):
        running.throw(ZeroDivisionError())
    running = echo()
    next(running)
    running.close()
    assert closed == ["generator"] * 3
    assert reason() == ""


async def test_a_decorated_async_generator_does_not_show_its_consumer_what_is_in_force_inside():
    closed = []

    @audit_context(reason="generator")
    async def steps():
        got = None
        try:
            with audit_context(file="a.csv"):
                while True:
                    await asyncio.sleep(0)
                    try:
                        got = yield got, reason(), dict(current_context().metadata)
                    except KeyError as error:
                        got = error.args[0]
        finally:
            await asyncio.sleep(0)
            closed.append(reason())

    assert inspect.isasyncgenfunction(steps)
    running = steps()
    inside = ("generator", {"file": "a.csv"})
    assert await anext(running) == (None, *inside)
    assert (reason(), dict(current_context().metadata)) == ("", {})
    with audit_context(reason="consumer"):
        assert await running.asend("one") == ("one", *inside)
        assert await running.athrow(KeyError("two")) == ("two", *inside)
        assert reason() == "consumer"
        await running.aclose()
    assert closed == ["generator"]

    async for _ in steps():
        break
    running = steps()
    await anext(running)
    with pytest.raises(ZeroDivisionError):
        await running.athrow(ZeroDivisionError())
    assert reason() == ""


async def test_an_async_generator_can_be_advanced_by_different_tasks():
    @audit_context(reason="generator")
    async def steps():
        for number in range(3):
            await asyncio.sleep(0)
            yield number, reason()

    running = steps()
    seen = [await asyncio.create_task(anext(running)) for _ in range(3)]
    assert seen == [(0, "generator"), (1, "generator"), (2, "generator")]
    assert reason() == ""


def test_decorators_can_be_stacked_on_every_kind():
    one, two = audit_context(reason="one"), audit_context(file="two")

    def both() -> tuple[str, object]:
        return reason(), current_context().metadata["file"]

    @one
    @two
    def function():
        return both()

    @one
    @two
    def generator():
        yield both()

    @one
    @two
    async def coroutine():
        return both()

    @one
    @two
    async def async_generator():
        yield both()

    async def collected():
        return [both async for both in async_generator()]

    expected = ("one", "two")
    assert function() == expected
    assert list(generator()) == [expected]
    assert asyncio.run(coroutine()) == expected
    assert asyncio.run(collected()) == [expected]


@pytest.mark.parametrize("what", [dict, 5, classmethod(len)])
def test_what_cannot_be_decorated_is_refused(what):
    with pytest.raises(TypeError, match=r"audit_context\(…\) decorates functions, coroutines"):
        audit_context(reason="class")(what)


async def test_async_with_is_the_same_as_with():
    async with audit_context(reason="outer") as block:
        assert isinstance(block, audit_context)
        async with audit_context(reason="inner"):
            assert reason() == "inner"
        assert reason() == "outer"
    assert reason() == ""


# --- Generators that were not decorated


def test_a_block_in_a_generator_takes_away_itself_and_nothing_else():
    def steps():
        with audit_context(reason="generator", inside=True):
            yield

    running = steps()
    next(running)
    assert reason() == "generator"  # a plain `with` is seen by the consumer
    with audit_context(reason="consumer"):
        running.close()
        assert (reason(), dict(current_context().metadata)) == ("consumer", {})
    assert reason() == ""


def test_a_context_manager_made_of_a_generator_holds_in_its_block():
    @contextmanager
    def importing(file: str):
        with audit_context(actor="importer", file=file):
            yield

    with importing("a.csv"), audit_context(reason="inner"):
        assert current_context().metadata["file"] == "a.csv"
    assert dict(current_context().metadata) == {}


def test_a_generator_that_ends_in_another_context_leaves_that_one_alone():
    def steps():
        with audit_context(reason="generator"):
            yield

    running = steps()
    copy_context().run(next, running)
    with audit_context(reason="here"):
        running.close()
        assert reason() == "here"
    assert reason() == ""


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=8), st.randoms())
def test_blocks_that_end_in_any_order_leave_those_that_are_open(names, random):
    """The law: in force is what the open blocks give, the later over the earlier."""

    def check() -> None:
        opened = []
        for number, name in enumerate(names):
            block = audit_context(reason=str(number), **{name: number})
            block.__enter__()
            opened.append((block, name, number))
        while opened:
            block, _, _ = opened.pop(random.randrange(len(opened)))
            block.__exit__(None, None, None)
            expected = {name: number for _, name, number in opened}
            assert dict(current_context().metadata) == expected
            assert reason() == (str(opened[-1][2]) if opened else "")

    copy_context().run(check)


# --- Threads, tasks, asgiref


async def test_sibling_tasks_do_not_see_each_other():
    async def work(number: int) -> bool:
        with audit_context(reason=str(number)):
            for _ in range(20):
                await asyncio.sleep(0)
                if reason() != str(number):
                    return False
        return reason() == "outer"

    with audit_context(reason="outer"):
        assert all(await asyncio.gather(*map(work, range(20))))
        assert reason() == "outer"


def test_threads_start_from_nothing_and_do_not_see_each_other():
    def work(number: int) -> list[str]:
        seen = [reason()]
        with audit_context(reason=str(number)):
            started.wait()
            seen.append(reason())
        return [*seen, reason()]

    started = threading.Barrier(8)
    with audit_context(reason="outer"), ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [["", str(number), ""] for number in range(8)]


@pytest.mark.parametrize("thread_sensitive", [True, False])
async def test_sync_to_async_takes_the_context_along_and_brings_nothing_back(thread_sensitive):
    def work(number: int) -> str:
        with audit_context(file=str(number)):
            return f"{reason()} {current_context().metadata['file']}"

    async def call(number: int) -> bool:
        with audit_context(reason=str(number)):
            got = await sync_to_async(work, thread_sensitive=thread_sensitive)(number)
            return got == f"{number} {number}" and not current_context().metadata

    assert all(await asyncio.gather(*map(call, range(10))))
    assert reason() == ""


def test_async_to_sync_takes_the_context_along_and_brings_nothing_back():
    async def work() -> str:
        with audit_context(file="a.csv"):
            await asyncio.sleep(0)
            return await sync_to_async(reason)()

    with audit_context(reason="outer"):
        assert async_to_sync(work)() == "outer"
        assert not current_context().metadata


# --- Bound functions


def test_a_bound_function_sees_what_was_in_force_when_it_was_bound():
    with audit_context(reason="then", file="a.csv"):
        call = bound(lambda: (reason(), dict(current_context().metadata)))
    with audit_context(reason="now"):
        assert call() == ("then", {"file": "a.csv"})
        assert reason() == "now"
    assert call() == ("then", {"file": "a.csv"})


def test_a_bound_function_restores_the_caller_on_error_and_takes_arguments():
    with audit_context(reason="then"):
        call = bound(partial(int, base=16))
    assert call("ff") == 255
    with pytest.raises(ValueError, match="invalid literal"):
        call("no number")
    assert reason() == ""
