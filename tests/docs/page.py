"""Runs the examples of one page of documentation: `python -m tests.docs.page docs/tutorial.md`.

A page gets a process, an app and a database of its own: what its examples decorate, define or
store can't reach another page or another test. Its fences run in order, in one namespace; the
tables of the models that a fence defines are there when the next fence runs.
"""

from __future__ import annotations

import doctest
import os
import sys
import tempfile
import traceback
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import django
from django.apps import AppConfig, apps
from django.conf import settings
from django.db import connections
from django.test import utils
from sybil import Document
from sybil.example import SybilFailure
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser

from tests import databases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db import models

DOCTEST_OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class ConsoleParser(PythonCodeBlockParser):
    """Fences marked `pycon`: prompts, with the output that they must print."""

    def __init__(self) -> None:
        super().__init__(doctest_optionflags=DOCTEST_OPTIONS)
        self.codeblock_parser = CodeBlockParser("pycon", self.codeblock_parser._evaluator)


class Page:
    """A page as an installed app: its examples are the code of the app's module."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.label = "".join(c if c.isalnum() else "_" for c in path.stem.lower())
        self.module = ModuleType(f"tests.docs.pages.{self.label}")
        self.with_tables: set[type[models.Model]] = set()

    def install(self) -> str:
        """Make the app importable; what stands for it in INSTALLED_APPS."""
        name = f"{self.module.__name__}.apps"
        apps_module = ModuleType(name)
        sys.modules |= {self.module.__name__: self.module, name: apps_module}
        options = {"name": self.module.__name__, "path": str(self.path.parent), "__module__": name}
        apps_module.PageConfig = type("PageConfig", (AppConfig,), options)  # type: ignore[attr-defined]
        return f"{name}.PageConfig"

    def run(self) -> int:
        """Run the examples; the number of them."""
        parsers = (
            SkipParser(),
            PythonCodeBlockParser(doctest_optionflags=DOCTEST_OPTIONS),
            ConsoleParser(),
        )
        document = Document.parse(str(self.path), *parsers)
        document.namespace = vars(self.module)
        done = 0
        for done, example in enumerate(document.examples(), start=1):  # noqa: B007
            example.evaluate()
            self._make_tables()
        return done

    def _make_tables(self) -> None:
        models = set(apps.get_app_config(self.label).get_models()) - self.with_tables
        for alias in databases.ALIASES:
            with connections[alias].schema_editor() as editor:
                for model in models:
                    if model._meta.managed and not model._meta.proxy:
                        editor.create_model(model)
        self.with_tables |= models


@contextmanager
def project(page: Page) -> Iterator[None]:
    """The test project with the page installed, on empty databases."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, page.install()]
    with tempfile.TemporaryDirectory() as folder:
        databases.use_files(settings.DATABASES, Path(folder))
        django.setup()
        utils.setup_test_environment()
        configured = utils.setup_databases(verbosity=0, interactive=False)
        try:
            yield
        finally:
            utils.teardown_databases(configured, verbosity=0)
            connections.close_all()


def main(path: Path) -> int:
    page = Page(path)
    with project(page):
        try:
            done = page.run()
        except SybilFailure as failure:
            print(failure)
            return 1
        except Exception as error:  # noqa: BLE001 - whatever an example raises
            print("".join(traceback.format_exception(_from_page_on(error, path))))
            return 1
    print(f"{path.name}: {done} examples")
    return 0


def _from_page_on(error: Exception, path: Path) -> Exception:
    """The error without the frames above the page's own."""
    found = error.__traceback__
    while found and found.tb_frame.f_code.co_filename != str(path):
        found = found.tb_next
    return error.with_traceback(found or error.__traceback__)


if __name__ == "__main__":
    # Examples import this package too: they must find this module, not a second copy.
    sys.exit(import_module("tests.docs.page").main(Path(sys.argv[1]).resolve()))
