"""Another process that works on the databases of the run that starts it.

`python -m tests.contrib.elsewhere` runs the tasks that wait in a backend, whenever it is told the
backend's name.
"""

from __future__ import annotations

import json
import os
import sys

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connections

NAMES = "AUDITABLE_TEST_DATABASE_NAMES"

OPTIONS = ["--queue-name=*", "--batch", "--no-startup-delay", "--no-reload"]


def environment() -> dict[str, str]:
    """What the other process is given on its way."""
    names = {alias: connections[alias].settings_dict["NAME"] for alias in connections}
    return {
        NAMES: json.dumps(names, default=str),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }


def set_up() -> None:
    """Use the same databases, in the other process; nothing in a process that is none."""
    if NAMES not in os.environ:
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    for alias, name in json.loads(os.environ[NAMES]).items():
        settings.DATABASES[alias]["NAME"] = name
    django.setup()


def main() -> None:
    set_up()
    for line in sys.stdin:
        call_command("db_worker", "--backend", line.strip(), *OPTIONS, verbosity=0)
        print("done", flush=True)


if __name__ == "__main__":
    main()
