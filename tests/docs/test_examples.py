from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def run(page: Path) -> subprocess.CompletedProcess[str]:
    databases_of_its_own = {"AUDITABLE_TEST_NAME": f"page_{uuid4().hex[:8]}"}
    return subprocess.run(
        [sys.executable, "-m", "tests.docs.page", str(page)],
        cwd=ROOT,
        env=os.environ | databases_of_its_own,
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples_of_the_page_run(page):
    done = run(page)

    if done.returncode:
        pytest.fail(done.stdout + done.stderr, pytrace=False)


def written(folder: Path, text: str) -> Path:
    page = folder / "page.md"
    page.write_text(text)
    return page


def test_models_of_a_page_have_tables_on_both_databases(tmp_path):
    page = written(
        tmp_path,
        """
```python
from django.db import models

class Parcel(models.Model):
    weight = models.IntegerField()
```

```pycon
>>> Parcel.objects.create(weight=3).weight
3
>>> Parcel.objects.using("other").count()
0
```
""",
    )

    done = run(page)

    assert (done.returncode, done.stdout) == (0, "page.md: 3 examples\n"), done.stderr


def test_an_error_in_a_page_is_shown_with_the_line_of_the_page(tmp_path):
    page = written(tmp_path, "A page\n\n```python\nright = 1\nwrong = 1 / 0\n```\n")

    done = run(page)

    assert done.returncode == 1
    assert f'File "{page}", line 5' in done.stdout
    assert "ZeroDivisionError" in done.stdout


def test_other_output_than_the_page_shows_is_an_error(tmp_path):
    page = written(tmp_path, "A page\n\n```pycon\n>>> 1 + 1\n3\n```\n")

    done = run(page)

    assert done.returncode == 1
    assert "line 4" in done.stdout
    assert "Expected:\n    3\nGot:\n    2" in done.stdout


def test_a_fence_marked_no_run_and_a_skipped_one_are_not_run(tmp_path):
    page = written(
        tmp_path,
        "```python no-run\n1 / 0\n```\n\n<!-- skip: next -->\n\n```python\n1 / 0\n```\n",
    )

    assert run(page).returncode == 0
