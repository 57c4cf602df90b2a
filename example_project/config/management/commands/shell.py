"""Django's shell, with what the README's chains use at hand."""

from __future__ import annotations

from django.core.management.commands import shell


class Command(shell.Command):
    """``manage.py shell``."""

    def get_auto_imports(self) -> list[str]:
        """The models, as Django has it, and the names beside them."""
        ours = ["querysets.P", "django.db.models.F", "django.db.models.Q", "example_project.catalogue.catalogue"]
        return [*(super().get_auto_imports() or ()), *ours]
