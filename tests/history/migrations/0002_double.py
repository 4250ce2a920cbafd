from typing import Any

from django.db import migrations
from django.db.models import F

from auditable import audit_context, auditable


def double(apps: Any, schema_editor: Any) -> None:
    tariff = auditable(fields=["rate"])(apps.get_model("history", "Tariff"))
    with audit_context(reason="doubled by migration"):
        tariff.objects.using(schema_editor.connection.alias).update(rate=F("rate") * 2)


class Migration(migrations.Migration):
    dependencies = [("history", "0001_initial"), ("auditable", "0001_initial")]
    operations = [migrations.RunPython(double, migrations.RunPython.noop)]
