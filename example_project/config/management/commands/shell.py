"""Django's shell, with what the README's chains use at hand."""

from __future__ import annotations

from django.core.management.commands import shell


class Command(shell.Command):
    """``manage.py shell``."""

    def get_auto_imports(self) -> list[str]:
        """The models, as Django has it, and the names beside them."""
        django = [f"django.db.models.{name}" for name in ("Count", "F", "Q")]
        ours = ["querysets.P", "datetime.timedelta", "example_project.catalogue.catalogue", *django]
        return [*(super().get_auto_imports() or ()), *ours]
