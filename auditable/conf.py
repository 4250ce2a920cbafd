"""The settings: one dict, `AUDITABLE`, read when it is used."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.utils.module_loading import import_string

__all__ = ["KEYS", "Key", "Problem", "problems"]

REQUEST_FACTS = ("method", "path", "client_address")


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of `AUDITABLE`."""

    default: Any
    """Its value where the settings give none."""

    wants: str
    """What the value must be, for people."""

    accepts: Callable[[Any], bool]
    """The same, for the check."""

    imported: bool = False
    """A text is the dotted path of the value."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in `AUDITABLE` that is not as it must be."""

    message: str
    hint: str


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_function(value: Any) -> bool:
    return value is None or callable(value) or (isinstance(value, str) and "." in value)


def _is_header(value: Any) -> bool:
    return value is None or (isinstance(value, str) and value.replace("-", "").isalnum())


def _are_request_facts(value: Any) -> bool:
    return isinstance(value, list | tuple | set) and all(fact in REQUEST_FACTS for fact in value)


def _are_secrets(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(name, str)
        and name.replace("-", "").isalnum()
        and isinstance(secret, str | bytes)
        and len(secret) >= 16
        for name, secret in value.items()
    )


KEYS: dict[str, Key] = {
    "ACTOR_REPR": Key(
        default=None,
        wants="a function that takes a user and returns a name, its dotted path, or None",
        accepts=_is_function,
        imported=True,
    ),
    "ALLOW_DISABLED": Key(
        default=True,
        wants="True or False",
        accepts=lambda value: isinstance(value, bool),
    ),
    "BATCH_SIZE": Key(
        default=500,
        wants="a whole number of at least 1",
        accepts=lambda value: _is_count(value) and value >= 1,
    ),
    "CORRELATION_HEADER": Key(
        default="X-Correlation-ID",
        wants="the name of an HTTP header, or None",
        accepts=_is_header,
    ),
    "FORWARDED_HEADER": Key(
        default="X-Forwarded-For",
        wants="the name of an HTTP header",
        accepts=lambda value: value is not None and _is_header(value),
    ),
    "IMPERSONATOR": Key(
        default=None,
        wants="a function that takes a request and returns a user or None, its dotted path, or None",
        accepts=_is_function,
        imported=True,
    ),
    "MASK_KEYS": Key(
        default={},
        wants="a dict of secrets of at least 16 characters, by names of letters, digits and dashes",
        accepts=_are_secrets,
    ),
    "REQUEST_FACTS": Key(
        default=(),
        wants=f"a list of some of {', '.join(map(repr, REQUEST_FACTS))}",
        accepts=_are_request_facts,
    ),
    "TRUSTED_PROXIES": Key(
        default=0,
        wants="a whole number, 0 or more",
        accepts=_is_count,
    ),
}
"""Every key that `AUDITABLE` may have."""


@cache
def _given() -> Mapping[str, Any]:
    # Kept, since asking Django for a setting that is not there costs 2 µs, at every write.
    given = getattr(settings, "AUDITABLE", None)
    return given if isinstance(given, Mapping) else {}


@receiver(setting_changed, dispatch_uid="auditable.conf")
def _forget(setting: str, **kwargs: Any) -> None:
    if setting == "AUDITABLE":
        _given.cache_clear()


def _value(name: str) -> Any:
    given = _given()
    return given[name] if name in given else KEYS[name].default


def _function(name: str) -> Callable[..., Any] | None:
    value = _value(name)
    found: Callable[..., Any] | None = import_string(value) if isinstance(value, str) else value
    return found


def actor_repr() -> Callable[[Any], str] | None:
    """What gives the display name of an actor, in place of `get_username()`."""
    return _function("ACTOR_REPR")


def allow_disabled() -> bool:
    """Whether `audit_disabled()` may be used."""
    return bool(_value("ALLOW_DISABLED"))


def batch_size() -> int:
    """How many rows are read or written at a time."""
    return int(_value("BATCH_SIZE"))


def correlation_header() -> str | None:
    """The header that carries the correlation id of a request and of its response."""
    return _value("CORRELATION_HEADER")  # type: ignore[no-any-return]


def forwarded_header() -> str:
    """The header to which proxies append the address that they were called from."""
    return str(_value("FORWARDED_HEADER"))


def impersonator() -> Callable[[Any], object] | None:
    """What tells who is behind the user of a request."""
    return _function("IMPERSONATOR")


def mask_keys() -> Mapping[str, str | bytes]:
    """The secrets of the digests by name; the first is the one in use."""
    return _value("MASK_KEYS")  # type: ignore[no-any-return]


def request_facts() -> Iterable[str]:
    """What of a request goes into the metadata of its entries."""
    return _value("REQUEST_FACTS")  # type: ignore[no-any-return]


def trusted_proxies() -> int:
    """How many proxies of our own a request comes through."""
    return int(_value("TRUSTED_PROXIES"))


def problems() -> list[Problem]:
    """What is wrong with `AUDITABLE`: unknown keys, values of a wrong type, paths to nowhere."""
    given = getattr(settings, "AUDITABLE", {})
    if not isinstance(given, Mapping):
        return [Problem("AUDITABLE is not a dict.", "Write AUDITABLE = {…} in the settings.")]
    return [problem for name, value in given.items() if (problem := _problem(name, value))]


def _problem(name: object, value: Any) -> Problem | None:
    if name not in KEYS:
        close = get_close_matches(str(name), KEYS, n=1)
        hint = f"Did you mean {close[0]!r}? " if close else ""
        return Problem(
            f"AUDITABLE has an unknown key {name!r}.",
            f"{hint}Known keys: {', '.join(sorted(KEYS))}.",
        )
    key = KEYS[str(name)]
    if key.accepts(value):
        return _path_problem(name, value) if key.imported and isinstance(value, str) else None
    # The value may be a secret, and what a check says is printed.
    return Problem(
        f"AUDITABLE[{name!r}] is a {type(value).__name__} that cannot be used.",
        f"Give {key.wants}.",
    )


def _path_problem(name: object, path: str) -> Problem | None:
    wanted = f"Give {KEYS[str(name)].wants}."
    try:
        found = import_string(path)
    except Exception as error:  # noqa: BLE001 - whatever a module raises while it is imported
        said = f"{type(error).__name__}: {error}".rstrip(".")
        return Problem(
            f"AUDITABLE[{name!r}] names what cannot be imported.",
            f"Importing {path!r} raises {said}. {wanted}",
        )
    if callable(found):
        return None
    return Problem(
        f"AUDITABLE[{name!r}] names what cannot be called.",
        f"{path!r} is of type {type(found).__name__}. {wanted}",
    )
