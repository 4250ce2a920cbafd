from decimal import Decimal
from pathlib import Path

from django.core.management import BaseCommand, CommandError

import auditable
from auditable import MISSING, audit_context
from parcels.models import Parcel


class Command(BaseCommand):
    help = "Writes a parcel in each way, and checks what its trail says."

    def handle(self, *args, **options):
        home = Path(auditable.__file__).parent
        if "site-packages" not in home.parts:
            raise CommandError(f"auditable should be the installed one, not {home}")

        with audit_context(actor="sorter", reason="weighed again"):
            parcel = Parcel.objects.create(weight="1.5")
            parcel.weight = 2
            parcel.save()
            parcel.note = "not named, so not recorded"
            parcel.save()
        Parcel.objects.filter(pk=parcel.pk).update(status="sent")
        kept = parcel.pk
        parcel.delete()

        trail = [
            (entry.action, {change.field: (change.old, change.new) for change in entry.diff})
            for entry in Parcel.audit_trail.for_pk(kept)
        ]
        expected = [
            ("delete", {"weight": (Decimal("2.00"), MISSING), "status": ("sent", MISSING)}),
            ("update", {"status": ("packed", "sent")}),
            ("update", {"weight": (Decimal("1.50"), Decimal("2.00"))}),
            ("create", {"weight": (MISSING, Decimal("1.50")), "status": (MISSING, "packed")}),
        ]
        if trail != expected:
            raise CommandError(f"the trail is {trail}, and should be {expected}")
        reasons = [entry.reason for entry in Parcel.audit_trail.for_pk(kept)]
        if reasons != ["", "", "weighed again", "weighed again"]:
            raise CommandError(f"the reasons are {reasons}")
        self.stdout.write(f"auditable {home}: {len(trail)} entries, all as they should be")
