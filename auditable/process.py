"""Who writes where no context reaches: the command, the shell or the process."""

import getpass
import os
import sys
from functools import cache
from pathlib import Path

from django.core.management import get_commands

__all__ = ["os_user", "program"]


@cache
def program() -> str:
    """What runs: `manage.py import_payments`, `gunicorn`, `python shell`.

    Of the arguments only the name of a management command is kept: others may hold secrets.
    """
    name, arguments = _name(sys.argv[0] if sys.argv else ""), sys.argv[1:]
    if arguments and arguments[0] in get_commands():
        return f"{name} {arguments[0]}"
    return name


def _name(started: str) -> str:
    if not started:
        return "python shell"
    if started in {"-c", "-m"}:
        return f"python {started}"
    path = Path(started)
    if path.name != "__main__.py":
        return path.name
    return "django-admin" if path.parent.name == "django" else path.parent.name


@cache
def os_user() -> str:
    """Name of the user that the process runs as; empty where the system has no such thing.

    The effective user, not `LOGNAME` or `USER`: anyone may set those.
    """
    try:
        import pwd  # noqa: PLC0415 - not on Windows
    except ImportError:
        return getpass.getuser()
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # containers run as numbers that no account has
        return str(os.geteuid())
