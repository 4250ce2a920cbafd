"""The app, and the audit of a model that it did not write."""

from django.apps import AppConfig

from auditable import auditable


class PaymentsConfig(AppConfig):
    """Payments, and who may handle them."""

    name = "payments"

    def ready(self) -> None:
        """Audit the staff accounts too: who could do what is half of the evidence."""
        from django.contrib.auth.models import User  # noqa: PLC0415 - not before the apps are ready

        auditable(fields=["username", "is_active", "is_staff", "is_superuser", "groups"])(User)
