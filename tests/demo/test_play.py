from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "docs" / "example"
EVENTS = EXAMPLE / "payments" / "events.csv"

# The demo is always on SQLite: with another database under test there is nothing new to see.
pytestmark = pytest.mark.skipif(
    os.environ.get("AUDITABLE_TEST_DATABASE", "sqlite") != "sqlite", reason="plays on SQLite only"
)

AUDITED = {
    "payments.customer": ("reference", "name", "email", "risk", "chargebacks"),
    "payments.payout": ("reference", "customer_id", "amount", "currency", "status"),
    "payments.payment": (
        "reference",
        "customer_id",
        "payout_id",
        "amount",
        "currency",
        "fee",
        "refunded",
        "status",
        "disputes",
        "captured_at",
        "evidence_due",
    ),
    "payments.refund": ("reference", "payment_id", "amount", "status"),
    "auth.user": ("username", "is_active", "is_staff", "is_superuser"),
}
MANY = {
    "payments.payment": ("tags", "payments_payment_tags", "payment_id", "tag_id"),
    "auth.user": ("groups", "auth_user_groups", "user_id", "group_id"),
}


BROWSE = """
import json
from django.test import Client
from payments.models import Payment

def shown(pk):
    page = client.get(f"/payments/{pk}/")
    entries = Payment.audit_trail.for_pk(pk).count()
    return page.status_code, page.content.count(b"<article") == entries > 1

client = Client(headers={"host": "localhost"})
pages = {"anonymous": client.get("/").status_code}
assert client.login(username="demo", password="demo")
pages["index"] = client.get("/").status_code
pages["payment"] = shown(Payment.objects.order_by("-disputes")[0].pk)
pages["deleted"] = shown(Payment.audit_trail.filter(action="delete")[0].object_pk)
pages["unknown"] = client.get("/payments/999999/").status_code
pages["log in the admin"] = client.get("/admin/auditable/auditentry/").status_code
print(json.dumps(pages))
"""


@dataclass(frozen=True)
class Demo:
    database: Path
    runs: list[subprocess.CompletedProcess[str]]

    def rows(self, query: str, *values: object) -> list[tuple]:
        connection = sqlite3.connect(self.database)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()


def manage(database: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **{name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
        "EXAMPLE_DATABASE": str(database),
        "PYTHONIOENCODING": "utf-8",
        "PYTHONPATH": str(EXAMPLE.parents[1]),
    }
    return subprocess.run(
        [sys.executable, "-W", "error", "manage.py", *arguments],
        cwd=EXAMPLE,
        env=environment,
        check=False,
        capture_output=True,
        encoding="utf-8",
        timeout=600,
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    database = tmp_path_factory.mktemp("demo") / "db.sqlite3"
    return Demo(database, [manage(database, "migrate", "-v", "0"), manage(database, "play")])


def folded(entries: list[tuple]) -> dict:
    """Rows by key, from the JSON of the log alone."""
    rows: dict[str, dict] = {}
    for pk, action, text in entries:
        changes = json.loads(text)
        if action == "create":
            assert pk not in rows
            rows[pk] = defaultdict(frozenset)
        for name, change in changes.items():
            if isinstance(change, dict):
                kept = rows[pk][name] - set(change.get("remove", ()))
                rows[pk][name] = kept | set(change.get("add", ()))
            else:
                assert action == "create" or rows[pk][name] == change[0]
                rows[pk][name] = change[1]
        if action == "delete":
            del rows[pk]
    return rows


def as_logged(column: str, value: object) -> object:
    """What SQLite holds, the way the log writes it."""
    if column in {"amount", "fee", "refunded"}:
        return f"{value:.2f}"
    if column.startswith("is_"):
        return bool(value)
    if column == "captured_at" and value:
        return f"{value}+00:00".replace(" ", "T")
    return value


def stored(demo: Demo, label: str) -> dict:
    """Rows by key, from the tables."""
    columns, table = AUDITED[label], label.replace(".", "_")
    rows = {
        str(pk): {
            column.removesuffix("_id"): as_logged(column, value)
            for column, value in zip(columns, values, strict=True)
        }
        for pk, *values in demo.rows(f"SELECT id, {', '.join(columns)} FROM {table}")
    }
    if label in MANY:
        name, through, source, target = MANY[label]
        for row in rows.values():
            row[name] = frozenset()
        for pk, key in demo.rows(f"SELECT {source}, {target} FROM {through}"):
            rows[str(pk)][name] |= {key}
    return rows


def test_the_demo_succeeds(demo):
    for run in demo.runs:
        assert run.returncode == 0, run.stdout + run.stderr


def test_each_event_leaves_the_entries_that_it_implies(demo):
    import csv

    with EVENTS.open(encoding="utf-8", newline="") as file:
        implied = sum(int(line["entries"]) for line in csv.DictReader(file))

    assert demo.rows("SELECT COUNT(*) FROM auditable_auditentry") == [(implied,)]


@pytest.mark.parametrize("label", AUDITED)
def test_the_folded_log_is_the_table(demo, label):
    entries = demo.rows(
        "SELECT object_pk, action, changes FROM auditable_auditentry"
        " WHERE model_label = ? ORDER BY id",
        label,
    )
    rows = stored(demo, label)
    from_log = {
        pk: {name: row[name] for name in rows.get(pk, row)} for pk, row in folded(entries).items()
    }

    assert rows
    assert from_log == rows


def test_entries_name_staff_services_and_the_command(demo):
    kinds = dict(
        demo.rows("SELECT actor_type, COUNT(*) FROM auditable_auditentry GROUP BY actor_type")
    )

    assert set(kinds) == {"user", "service", "system"}
    assert demo.rows(
        "SELECT DISTINCT actor_id FROM auditable_auditentry WHERE reason = 'fortnightly payout'"
    ) == [("manage.py play",)]


def test_entries_outlive_the_account_that_made_them(demo):
    assert demo.rows("SELECT COUNT(*) FROM auth_user WHERE username = 'tom.brandt'") == [(0,)]
    assert demo.rows(
        "SELECT COUNT(*) > 0 FROM auditable_auditentry"
        " WHERE actor_type = 'user' AND actor_repr = 'tom.brandt'"
    ) == [(1,)]


def test_what_is_not_named_is_nowhere_in_the_log(demo):
    assert demo.rows("SELECT COUNT(*) > 0 FROM payments_payment WHERE payer_email != ''") == [(1,)]
    assert demo.rows(
        "SELECT COUNT(*) FROM auditable_auditentry"
        " WHERE changes LIKE '%mail.example%' OR changes LIKE '%parcel receipt%'"
    ) == [(0,)]


def test_progress_goes_to_stderr_in_few_lines_without_a_terminal(demo):
    played = demo.runs[-1]

    assert "\r" not in played.stderr + played.stdout
    assert len([line for line in played.stderr.splitlines() if "%" in line]) == 6
    assert "Playing" not in played.stdout


def test_lines_fit_80_columns(demo):
    assert max(map(len, demo.runs[-1].stdout.splitlines())) <= 80


def test_the_pages_show_a_payment_and_a_deleted_one_beside_their_trails(demo):
    found = manage(demo.database, "shell", "-v", "0", "-c", BROWSE)

    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout) == {
        "anonymous": 302,
        "index": 200,
        "payment": [200, True],
        "deleted": [410, True],
        "unknown": 404,
        "log in the admin": 200,
    }


def test_playing_again_begins_with_an_empty_log(tmp_path):
    database = tmp_path / "db.sqlite3"

    first, second = (manage(database, "play", "--limit", "400") for _ in range(2))

    assert (first.returncode, second.returncode) == (0, 0), second.stderr
    assert Demo(database, []).rows("SELECT MIN(id) FROM auditable_auditentry") == [(1,)]


def test_the_example_has_the_migrations_that_its_models_need(demo):
    checked = manage(demo.database, "makemigrations", "--check", "--dry-run")

    assert checked.returncode == 0, checked.stdout


def test_the_example_passes_the_system_checks(demo):
    checked = manage(demo.database, "check", "--fail-level", "WARNING")

    assert checked.returncode == 0, checked.stderr


def test_the_bundled_events_are_what_the_script_makes():
    code = (
        "import csv, io, make_events as m; out = io.StringIO(newline='');"
        "w = csv.DictWriter(out, m.COLUMNS, lineterminator='\\n'); w.writeheader();"
        "w.writerows(m.invent()); print(out.getvalue(), end='')"
    )

    made = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code],
        cwd=EXAMPLE,
        check=True,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )

    assert made.stdout == EVENTS.read_text(encoding="utf-8")
