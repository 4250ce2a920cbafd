"""Each system check has a heading of its id, where who meets the id can read what to do."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
CHECKS = ROOT / "auditable" / "checks.py"
PAGE = ROOT / "docs" / "checks.md"


def ids_in_the_code() -> set[str]:
    """The ids as they are written: whole, or the part after `auditable.`."""
    numbers = re.findall(r'"(?:auditable\.)?([EWIDC]\d{3})"', CHECKS.read_text(encoding="utf-8"))
    return {f"auditable.{number}" for number in numbers}


def headings() -> list[str]:
    return re.findall(r"^## (.+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_every_check_has_one_heading_in_the_docs_and_every_heading_a_check():
    assert len(ids_in_the_code()) >= 6
    assert sorted(headings()) == sorted(ids_in_the_code())
