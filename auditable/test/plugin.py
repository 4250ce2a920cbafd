"""Fixtures for pytest."""

from collections.abc import Iterator

import pytest

from .assertions import assert_audited as _assert_audited
from .silence import audit_silenced as _audit_silenced

__all__ = ["assert_audited", "audit_silenced"]


@pytest.fixture
def assert_audited() -> type[_assert_audited]:
    """Assert that a block writes these entries: the context manager itself."""
    return _assert_audited


@pytest.fixture
def audit_silenced() -> Iterator[None]:
    """Record nothing of what the test writes, and what the fixtures after this one write."""
    with _audit_silenced():
        yield
