from django.apps import AppConfig


class HistoryConfig(AppConfig):
    """An app whose data migration must be recorded."""

    name = "tests.history"
    label = "history"
