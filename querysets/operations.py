"""Operations for migrations."""

from __future__ import annotations

from typing import Any

from django.db import router
from django.db.migrations.operations.base import Operation

from .sql.postgres.languages import NAMES, UNACCENTED


class UnaccentedConfiguration(Operation):
    """Make the text search configuration ``<language>_unaccent``: that of a language, blind to accents.

    With ``UnaccentedConfiguration("french")``, behind Django's ``UnaccentExtension()``, ``about("eleve", "title",
    language="french_unaccent")`` finds ``élève``, and the other way round. It stays if it is there already, so that
    the schemas of several tenants may ask for it.

    Parameters
    ----------
    language
        A configuration of PostgreSQL: ``"french"``, ``"german"``, ..., ``"simple"``.
    """

    reversible = True

    def __init__(self, language: str) -> None:
        if language not in NAMES:
            raise ValueError(f"UnaccentedConfiguration() needs one of {', '.join(sorted(NAMES))}, got {language!r}")
        self.language, self.name = language, f"{language}{UNACCENTED}"

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing that models know of."""

    def database_forwards(self, app_label: str, schema_editor: Any, *_: Any, **__: Any) -> None:
        """Copy the configuration, and take the accents off a word before it is stemmed."""
        if self._applies(app_label, schema_editor) and not self._exists(schema_editor):
            stem = "simple" if self.language == "simple" else f"{self.language}_stem"
            schema_editor.execute(f"CREATE TEXT SEARCH CONFIGURATION {self.name} (COPY = {self.language})")
            schema_editor.execute(
                f"ALTER TEXT SEARCH CONFIGURATION {self.name}"
                f" ALTER MAPPING FOR hword, hword_part, word WITH unaccent, {stem}"
            )

    def database_backwards(self, app_label: str, schema_editor: Any, *_: Any, **__: Any) -> None:
        """Drop it."""
        if self._applies(app_label, schema_editor):
            schema_editor.execute(f"DROP TEXT SEARCH CONFIGURATION IF EXISTS {self.name}")

    def describe(self) -> str:
        """A line for ``showmigrations --plan``."""
        return f"Makes the text search configuration {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        """A part of the file's name."""
        return self.name

    def _applies(self, app_label: str, schema_editor: Any) -> bool:
        connection = schema_editor.connection
        return connection.vendor == "postgresql" and router.allow_migrate(connection.alias, app_label)

    def _exists(self, schema_editor: Any) -> bool:
        if schema_editor.collect_sql:
            return False
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM pg_ts_config WHERE cfgname = %s AND pg_ts_config_is_visible(oid)", [self.name]
            )
            return cursor.fetchone() is not None
