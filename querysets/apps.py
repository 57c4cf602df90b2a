"""The app: ``"querysets"`` in ``INSTALLED_APPS``."""

from __future__ import annotations

from django.apps import AppConfig

from .sql import compilers


class QuerysetsConfig(AppConfig):
    """Installs the compilers through which settings reach their statements."""

    name = "querysets"

    def ready(self) -> None:
        """Install them."""
        compilers.install()
