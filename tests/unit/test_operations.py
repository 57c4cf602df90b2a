"""Operations of migrations, beside the one that tests/mixins/test_search.py has."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import OperationWriter

from example_project.ops.models import Message
from querysets.operations import NotifyInserts


def triggers():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'ops_message'::regclass AND NOT tgisinternal ORDER BY 1"
        )
        return [name for (name,) in cursor.fetchall()]


def functions():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_proc WHERE proname = 'ops_message_notify'")
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_it_makes_its_trigger_again_with_another_channel_and_drops_it():
    from django.apps import apps

    state = ProjectState.from_apps(apps)
    assert triggers() == ["ops_message_notify"]  # of the migration of the example project
    with connection.schema_editor() as editor:
        for channel in ("messages", 'it\'s 100% "new"'):
            NotifyInserts("Message", channel).database_forwards("ops", editor, state, state)
        assert triggers() == ["ops_message_notify"]
        NotifyInserts("message", "x").database_backwards("ops", editor, state, state)
        NotifyInserts("message", "x").database_backwards("ops", editor, state, state)
    assert (triggers(), functions()) == ([], 0)


@pytest.mark.django_db
def test_its_sql_can_be_read_beforehand_and_is_for_postgresql_alone(monkeypatch):
    from django.apps import apps

    state = ProjectState.from_apps(apps)
    with connection.schema_editor(collect_sql=True) as editor:
        NotifyInserts("Message", "it's").database_forwards("ops", editor, state, state)
    assert "EXECUTE FUNCTION \"ops_message_notify\"('it''s')" in editor.collected_sql[-1]
    monkeypatch.setattr(connection, "vendor", "sqlite")
    assert NotifyInserts("Message", "x")._names("ops", connection.schema_editor(), state) is None


def test_it_is_written_into_a_migration_as_it_was_made():
    written, _ = OperationWriter(NotifyInserts("Message", "messages"), indentation=0).serialize()
    assert "".join(written.split()) == "querysets.operations.NotifyInserts(model='Message',channel='messages',),"


@pytest.mark.parametrize("channel", ["", "x" * 64, "é" * 32, None, 5])
def test_a_channel_that_postgresql_has_not_is_refused(channel):
    with pytest.raises(ValueError, match="NotifyInserts\\(\\) needs a channel"):
        NotifyInserts("Message", channel)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("statements", [1, 3])
def test_each_statement_notifies_once_the_rows_are_committed(statements):
    import psycopg

    from example_project.ops.models import Session

    session = Session.objects.create(key="heard", worker_id="w")
    given = connection.get_connection_params()
    options = {name: given[name] for name in ("dbname", "user", "password", "host", "port")}
    with psycopg.connect(**options, autocommit=True) as ear:
        ear.execute("LISTEN messages")
        for _ in range(statements):
            Message.objects.bulk_create([Message(session=session, content="x") for _ in range(5)])
        heard = list(ear.notifies(timeout=5, stop_after=statements))
        heard += list(ear.notifies(timeout=0.2))
    assert [each.channel for each in heard] == ["messages"] * statements
