"""The context of a request."""

import re
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Generator, Iterable
from ipaddress import ip_address
from secrets import token_hex
from time import time_ns
from typing import Any, TypeAlias, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.functional import LazyObject, empty

from . import conf
from .context import Block, LiveActor

__all__ = ["AuditMiddleware"]

GetResponse: TypeAlias = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]

CORRELATION_ID = re.compile(r"[A-Za-z0-9._:/+=@~-]{1,64}")


class AuditMiddleware:
    """Puts what is known of a request into the context of all that is written in it.

    The user is not looked at before an entry is written, so the middleware may stand first, and
    whoever logs in inside a view counts from then on. A request starts from nothing: it sees no
    context that code before it, in the same thread, has left behind.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self.is_async:
            return self._answer_async(request)
        header, correlation_id, block = _begin(request)
        with block:
            response = cast("HttpResponseBase", self.get_response(request))
        return _finish(response, header, correlation_id, block)

    async def _answer_async(self, request: HttpRequest) -> HttpResponseBase:
        header, correlation_id, block = _begin(request)
        with block:
            response = await cast("Awaitable[HttpResponseBase]", self.get_response(request))
        return _finish(response, header, correlation_id, block)


class RequestActor(LiveActor):
    """The user of a request, as he is when he is asked for."""

    __slots__ = ("_request",)

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    def acting(self) -> object:
        user = getattr(self._request, "user", None)
        if isinstance(user, LazyObject) and user._wrapped is empty:
            # `await request.auser()` has found him already, and must not be asked for again.
            return getattr(self._request, "_acached_user", user)
        return user

    def impersonator(self) -> object:
        find = conf.impersonator()
        return None if find is None else find(self._request)

    def settled(self) -> bool:
        user = self.acting()
        unknown = isinstance(user, LazyObject) and user._wrapped is empty
        return not unknown and conf.impersonator() is None


def _begin(request: HttpRequest) -> tuple[str | None, str, Block]:
    header = conf.correlation_header()
    correlation_id = _correlation_id(request, header)
    actor = RequestActor(request)
    block = Block(
        isolated=True,
        actor=actor,
        live=actor,
        correlation_id=correlation_id,
        metadata={fact: FACTS[fact](request) for fact in conf.request_facts()},
    )
    return header, correlation_id, block


def _finish(
    response: HttpResponseBase, header: str | None, correlation_id: str, block: Block
) -> HttpResponseBase:
    if header is not None:
        response.headers.setdefault(header, correlation_id)
    # A file is handed to the server as it is, and nobody's code runs while it is sent.
    if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
        steps: Callable[..., Any] = _asteps if response.is_async else _steps
        response.streaming_content = block(steps)(response.streaming_content)
    return response


def _steps(chunks: Iterable[Any]) -> Generator[Any, None, None]:
    yield from chunks


async def _asteps(chunks: AsyncIterable[Any]) -> AsyncGenerator[Any, None]:
    async for chunk in chunks:
        yield chunk


def _correlation_id(request: HttpRequest, header: str | None) -> str:
    given = _header(request, header) if header is not None else ""
    if CORRELATION_ID.fullmatch(given):
        return given
    # The time in front keeps the index of the log growing at its end.
    return f"{time_ns() // 1_000_000:012x}{token_hex(10)}"


def _header(request: HttpRequest, name: str) -> str:
    # `request.headers` makes a mapping of all of them, which costs more than the rest done here.
    return str(request.META.get(f"HTTP_{name.upper().replace('-', '_')}", ""))


def _client_address(request: HttpRequest) -> str:
    """The address that the outermost of our own proxies saw; no header is believed without one."""
    peer = str(request.META.get("REMOTE_ADDR", ""))
    proxies = conf.trusted_proxies()
    if not proxies:
        return peer
    # Each proxy appends the address it was called from; what stands before is anyone's claim.
    chain = _header(request, conf.forwarded_header()).split(",")
    return _address(chain[-proxies]) or peer if len(chain) >= proxies else peer


def _address(text: str) -> str:
    """An address without its port; empty if it is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ip_address(text))
    except ValueError:
        return ""


FACTS: dict[str, Callable[[HttpRequest], object]] = {
    "method": lambda request: request.method,
    "path": lambda request: request.path,
    "client_address": _client_address,
}
