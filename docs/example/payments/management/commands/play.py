"""`manage.py play`: half a year of a payment provider, and the trail that it leaves."""

import platform
from argparse import ArgumentParser
from itertools import islice
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connection

from auditable.models import AuditEntry
from payments import cost, events, folding, player, terminal
from payments.models import Payment


class Command(BaseCommand):
    """Plays the bundled events, then shows what the log has made of them."""

    help = "Play half a year of a payment provider, and show the trail it leaves."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take a limit, for those in a hurry."""
        parser.add_argument(
            "--limit", type=int, metavar="N", help="play only the first N lines of the file"
        )

    def handle(self, *, limit: int | None, **_: Any) -> None:
        """Play, then show: the trail, the proof, the cost, the ways on."""
        terminal.make_lenient(self.stdout)
        self.columns = terminal.width(self.stdout)
        self.start_over()
        tally = self.play(limit)
        hero = Payment.objects.order_by("-disputes", "pk")[0]
        self.show_styles(tally)
        self.show_trail(hero)
        self.show_proof()
        self.show_cost(tally)
        self.show_ways_on(hero)

    def start_over(self) -> None:
        """Begin with an empty log. None can be emptied; the demo's file can be made again."""
        if AuditEntry._meta.db_table in connection.introspection.table_names():
            if not AuditEntry.objects.exists():
                return
            self.remove_database()
        call_command("migrate", verbosity=0)

    def remove_database(self) -> None:
        """Remove the SQLite file."""
        if connection.vendor != "sqlite" or connection.is_in_memory_db():
            raise CommandError("The log is not empty: play on a fresh database.")
        file = Path(connection.settings_dict["NAME"])
        connection.close()
        for suffix in ("", "-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
        self.stdout.write(f"Starting over: {file.name} is made again.")

    def play(self, limit: int | None) -> player.Tally:
        """Play the events, with progress."""
        batches = list(events.in_batches(islice(events.read(), limit)))
        try:
            return player.play(terminal.with_progress(batches, "Playing half a year"))
        except player.WrongEntriesError as error:
            raise CommandError(str(error)) from error

    def show_styles(self, tally: player.Tally) -> None:
        """Show in which ways the rows were written."""
        self.head("How it was written: the ORM, in every style, and what each left in the log")
        styles = sorted(tally.events, key=lambda style: -tally.entries[style])
        rows = (
            (style, tally.events[style], tally.operations[style], tally.entries[style])
            for style in styles
        )
        self.table(("calls", "events", "operations", "entries"), rows)
        self.say(
            f"Each of the {tally.operations.total():,} operations left exactly the entries that "
            f"the events file says it owes: {tally.entries.total():,} in all."
        )

    def show_trail(self, payment: Payment) -> None:
        """Show the trail of one payment."""
        trail = payment.audit_trail.order_by("id")
        self.head(
            f"The most disputed payment: {payment.reference}, {payment.amount} {payment.currency}"
        )
        self.say(f"{trail.count()} entries, oldest first (payment.audit_trail is newest first):\n")
        for line in terminal.trail_lines(trail, self.columns, self.style.MIGRATE_LABEL):
            self.stdout.write(line)

    def show_proof(self) -> None:
        """Fold every trail, and compare with the rows; fail where they differ."""
        self.head("The proof: folding the log gives exactly the rows")
        proofs = list(folding.prove())
        rows = (
            (p.model._meta.label, p.entries, p.deleted, p.rows, p.rows - len(p.wrong))
            for p in proofs
        )
        self.table(("model", "entries", "deleted", "live rows", "equal"), rows)
        wrong = [f"{p.model._meta.label} {', '.join(p.wrong)}" for p in proofs if p.wrong]
        if wrong:
            raise CommandError(f"The log and the rows differ: {'; '.join(wrong)}")
        verdict = (
            "Every old value is the new value before it, every row is what its trail\n"
            "folds to, and no row is left where a trail ends in a deletion."
        )
        self.stdout.write(self.style.SUCCESS(verdict))

    def show_cost(self, tally: player.Tally) -> None:
        """Show what the log took: queries, bytes, time."""
        size, what = cost.bytes_an_entry()
        self.head("What it cost")
        self.say(
            "Queries with the log and without it. audit_disabled() is no silent switch: its use is"
            " logged, as a warning.\n"
        )
        self.stdout.flush()
        rows = ((c.operation, c.plain, c.audited, c.audited - c.plain) for c in cost.queries())
        self.table(("queries of", "without", "with", "more"), rows)
        per_operation = 1000 * tally.seconds / max(tally.operations.total(), 1)
        self.say(
            f"{tally.entries.total():,} entries, {size} bytes each ({what}). "
            f"{tally.seconds:.1f} s for {tally.operations.total():,} operations: "
            f"{per_operation:.1f} ms each, log included, with Python {platform.python_version()}, "
            f"Django {django.get_version()}, SQLite."
        )

    def show_ways_on(self, payment: Payment) -> None:
        """Show how to go on exploring."""
        self.head("Go on exploring")
        python, url = terminal.python(settings.BASE_DIR), "http://127.0.0.1:8000"
        self.stdout.write(
            f"""  cd docs/example

  {python} manage.py runserver
    log in as demo, password demo
    {url}/payments/{payment.pk}/
    {url}/admin/auditable/auditentry/

  {python} manage.py shell
    >>> payment = Payment.objects.get(pk={payment.pk})
    >>> [str(change) for change in payment.audit_trail.first().diff]
    >>> Payment.audit_trail.filter(actor_repr="maria.keller").count()
    >>> AuditEntry.objects.filter(reason__startswith="retention").count()
    >>> from auditable import audit_context
    >>> with audit_context(actor="me", reason="trying it"):
    ...     Payment.objects.filter(pk={payment.pk}).update(status="refunded")
    >>> payment.audit_trail[0].actor_repr, payment.audit_trail[0].changes"""
        )

    def head(self, text: str) -> None:
        """Write a heading."""
        self.stdout.write("\n" + self.style.MIGRATE_HEADING(text) + "\n" + "-" * len(text))

    def say(self, text: str) -> None:
        """Write a paragraph."""
        self.stdout.write("\n".join(terminal.paragraph(text, self.columns)))

    def table(self, heads: tuple[str, ...], rows: Any) -> None:
        """Write a table."""
        self.stdout.write("\n".join(terminal.table(heads, rows)) + "\n")
