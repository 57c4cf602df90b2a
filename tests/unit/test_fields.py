"""The column of transaction ids: what it takes and gives, and that the database fills it."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.migrations.writer import MigrationWriter
from django.db.models import F

from example_project.ops.models import Message, Session
from querysets.fields import XidField
from querysets.roles import role_of


def current():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text")
        return int(cursor.fetchone()[0])


def message(**values):
    return Message(session_id=1, content="x", **values)


def test_is_the_transaction_that_inserted_the_row(world):
    made = Message.objects.create(session_id=1, content="x")
    assert made.tx == current()
    assert Message.objects.get(pk=made.pk).tx == current()
    many = Message.objects.bulk_create([message(), message(tx=5)])
    assert list(
        Message.objects.filter(pk__in=[row.pk for row in many]).order_by("pk").values_list("tx", flat=True)
    ) == [
        current(),
        5,
    ]


def test_an_update_leaves_it_alone(world):
    Message.objects.filter(pk=1).update(content="other")
    one = Message.objects.get(pk=1)
    one.save()
    assert Message.objects.get(pk=1).tx == world.messages[0].tx


def test_is_compared_and_ordered_as_a_number(world):
    ids = {row.id for row in world.messages}
    assert set(Message.objects.filter(tx__lt=20).values_list("pk", flat=True)) == {
        row.id for row in world.messages if row.tx < 20
    }
    assert set(Message.objects.filter(tx__in=[3, 9]).values_list("pk", flat=True)) == {
        row.id for row in world.messages if row.tx in (3, 9)
    }
    assert {row.pk for row in Message.objects.filter(tx=F("tx"))} == ids
    found = list(Message.objects.order_by("tx", "pk").values_list("tx", flat=True))
    assert found == sorted(row.tx for row in world.messages)
    Message.objects.filter(pk=1).update(tx=2**64 - 1)
    assert Message.objects.filter(tx__gte=2**63).get().tx == 2**64 - 1


@pytest.mark.parametrize("value", [-1, 2**64, True, "x", 1.0])
def test_what_is_no_transaction_id_is_refused(value):
    with pytest.raises(ValidationError):
        XidField().to_python(value)
    with pytest.raises(ValueError, match="is no transaction id"):
        Message.objects.filter(tx=value)


def test_a_migration_says_no_more_than_its_name():
    assert MigrationWriter.serialize(XidField())[0] == "querysets.fields.XidField()"
    assert "db_default" in MigrationWriter.serialize(XidField(db_default=models.Value("3")))[0]
    assert role_of(Message, "xid") == ("tx", False)
    assert role_of(Session, "xid") is None
