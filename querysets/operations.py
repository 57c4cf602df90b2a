"""Operations for migrations."""

from __future__ import annotations

from typing import Any, Final

from django.db import router
from django.db.backends.utils import truncate_name
from django.db.migrations.operations.base import Operation

from .sql.postgres.languages import NAMES, UNACCENTED
from .sql.streaming.hints import is_channel

LONGEST: Final = 63
"""Letters of a name in PostgreSQL."""


class NotifyInserts(Operation):
    """Have each statement that inserts rows into a table notify a channel, once it is committed.

    With ``NotifyInserts("Message", "messages")``, ``afollow(channel="messages")`` need not wait for its next poll. It
    says that there is something, not what: a notification that nobody hears loses nothing. Transactions that notify
    commit one after the other, which a table with thousands of commits a second would feel.

    Parameters
    ----------
    model
        Name of a model of the app, whose table it is.
    channel
        Of NOTIFY, 1 to 63 bytes. It is the same in all schemas of a database.
    """

    reversible = True

    def __init__(self, model: str, channel: str) -> None:
        if not is_channel(channel):
            raise ValueError(f"NotifyInserts() needs a channel, a name of 1 to 63 bytes, got {channel!r}")
        self.model, self.channel = model, channel

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing that models know of."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:  # noqa: ARG002
        """Make the trigger, which runs once for a statement, and its function."""
        if names := self._names(app_label, schema_editor, to_state):
            table, name = names
            schema_editor.execute(
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql"
                " AS $$BEGIN PERFORM pg_notify(TG_ARGV[0], ''); RETURN NULL; END$$"
            )
            schema_editor.execute(
                f"CREATE OR REPLACE TRIGGER {name} AFTER INSERT ON {table} FOR EACH STATEMENT"
                f" EXECUTE FUNCTION {name}({schema_editor.quote_value(self.channel)})",
                None,  # a channel may have a % in its name
            )

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:  # noqa: ARG002
        """Drop both."""
        if names := self._names(app_label, schema_editor, from_state):
            table, name = names
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
            schema_editor.execute(f"DROP FUNCTION IF EXISTS {name}()")

    def describe(self) -> str:
        """A line for ``showmigrations --plan``."""
        return f"Notifies the channel {self.channel} of rows inserted into {self.model}"

    @property
    def migration_name_fragment(self) -> str:
        """A part of the file's name."""
        return f"{self.model.lower()}_notify"

    def _names(self, app_label: str, schema_editor: Any, state: Any) -> tuple[str, str] | None:
        """The table, and what the trigger and its function are called; None where the table is not."""
        model, connection = state.apps.get_model(app_label, self.model), schema_editor.connection
        if connection.vendor != "postgresql" or not self.allow_migrate_model(connection.alias, model):
            return None
        table = model._meta.db_table
        return schema_editor.quote_name(table), schema_editor.quote_name(truncate_name(f"{table}_notify", LONGEST))


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
