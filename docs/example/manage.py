#!/usr/bin/env python
"""A payment provider whose records are audited: `manage.py migrate`, then `manage.py play`."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example.settings")
    execute_from_command_line(sys.argv)
