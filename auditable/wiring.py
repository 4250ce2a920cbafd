"""What happens to a model that is decorated, once all models are loaded."""

from django.db.models import Model

from .base import remembering_delete
from .capture.hooks import install
from .capture.watch import watch
from .registry import subscribe

__all__ = ["start"]


def start() -> None:
    """Capture the writes of every audited model, and of each that is decorated from now on."""
    install()
    subscribe(_wire)


def _wire(model: type[Model]) -> None:
    watch(model)
    if not getattr(model.delete, "remembers_key", False):
        model.delete = remembering_delete(model.delete)  # type: ignore[method-assign]
