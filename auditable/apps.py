from django.apps import AppConfig


class AuditableConfig(AppConfig):
    name = "auditable"
    verbose_name = "Audit log"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import checks, wiring  # noqa: F401, PLC0415 - models must be loaded first

        wiring.start()
