"""Settings of a queryset that is read from a server-side cursor."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError, ProgrammingError, connection, transaction
from django.db.models import F, Func, TextField, Value
from django.db.models.functions import Cast

from tests.fixtures.execution import (
    ROWS,
    Current,
    Million,
    autocommit_off,
    by_hand,
    database,
    run,
    setting,
    statements,
)

pytestmark = database

SURROUNDINGS = {
    "autocommit": contextlib.nullcontext,
    "atomic": transaction.atomic,
    "autocommit off": autocommit_off,
    "a transaction by hand": by_hand,
}


@pytest.fixture
def seven(items):
    """Rows that tell the setting that they were read under."""
    return items.order_by("pk").annotate(now=Current("work_mem")).tuned(work_mem="7MB")


@pytest.mark.parametrize("limit", [None, 60_000])
@pytest.mark.parametrize("where", SURROUNDINGS)
def test_each_chunk_has_the_settings_and_what_happens_between_has_not(seven, where, limit):
    before = setting("work_mem")
    stream = seven.timeout(limit) if limit else seven
    with SURROUNDINGS[where]():
        found = [
            (item.name, item.now, setting("work_mem"), setting("statement_timeout"))
            for item in stream.iterator(chunk_size=2)
        ]
        after = setting("work_mem")
    assert found == [(str(number), "7MB", before, "0") for number in range(ROWS)]
    assert after == before


@pytest.mark.parametrize("where", ["autocommit", "atomic"])
def test_two_streams_read_in_turn_keep_their_own_settings(items, where):
    rows = items.order_by("pk").annotate(now=Current("work_mem"))
    with SURROUNDINGS[where]():
        pairs = list(zip(*(rows.tuned(work_mem=size).iterator(chunk_size=1) for size in ("7MB", "8MB")), strict=True))
    assert [(one.now, other.now) for one, other in pairs] == [("7MB", "8MB")] * ROWS


@pytest.mark.parametrize("where", ["autocommit", "atomic"])
def test_the_cursor_is_the_servers_and_is_closed_early_or_late(seven, where):
    with SURROUNDINGS[where]():
        read = seven.iterator(chunk_size=5)
        next(read)
        [(statement, held)] = run("SELECT statement, is_holdable FROM pg_cursors")
        assert "DECLARE" in statement
        assert held is (where == "autocommit")
        read.close()
        assert run("SELECT name FROM pg_cursors") == []
        assert len(list(seven.iterator(chunk_size=5))) == ROWS
        assert run("SELECT name FROM pg_cursors") == []


def test_a_stream_that_outlives_its_transaction_fails_as_any_other(seven):
    with transaction.atomic():
        read = seven.iterator(chunk_size=5)
        next(read)
    with pytest.raises(ProgrammingError, match=r"cursor .* does not exist"):
        list(read)


def test_a_held_stream_reads_on_inside_a_transaction_that_begins_and_fails_meanwhile(seven):
    read = seven.iterator(chunk_size=5)
    names = [next(read).name]
    with transaction.atomic():
        names += [next(read).name for _ in range(7)]
        transaction.set_rollback(rollback=True)
    assert [*names, *(item.name for item in read)] == [str(number) for number in range(ROWS)]


def test_without_server_side_cursors_all_is_read_at_once(seven, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", value=True)
    with transaction.atomic():
        read = seven.iterator(chunk_size=5)
        assert next(read).now == "7MB"
        assert run("SELECT name FROM pg_cursors") == []
        assert len(list(read)) == ROWS - 1


def test_the_log_shows_what_was_sent(seven):
    for stream in (seven, seven.timeout(5000)):
        with statements() as sent:
            list(stream.iterator())
        [sql] = sent
        assert "DECLARE" in sql
        assert "set_config('work_mem'" in sql


def test_rows_with_columns_of_one_name_survive_a_limit(items):
    first = items.order_by("pk").first()
    items.update(parent=first)
    rows = items.select_related("parent").order_by("-pk").timeout(5000)
    assert [(item.name, item.parent) for item in rows.iterator()] == [(item.name, first) for item in rows]


def _slow(queryset, seconds):
    return queryset.annotate(slept=Cast(Func(Value(seconds), function="pg_sleep"), TextField()))


@pytest.mark.parametrize("where", SURROUNDINGS)
def test_the_limit_holds_where_the_rows_are_computed(items, where):
    with pytest.raises(OperationalError, match="statement timeout"), SURROUNDINGS[where]():
        list(_slow(items, 0.05).timeout(100).iterator())
    assert setting("statement_timeout") == "0"


def test_inside_a_transaction_the_limit_holds_for_each_chunk(items):
    with transaction.atomic():
        assert len(list(_slow(items, 0.05).timeout(150).iterator(chunk_size=1))) == ROWS


def test_rows_are_computed_once(items):
    run("CREATE SEQUENCE execution_counter")
    try:
        counted = items.annotate(n=Func(Value("execution_counter"), function="nextval"))
        found = list(counted.order_by("pk").timeout(5000).values_list("n", flat=True).iterator())
    finally:
        run("DROP SEQUENCE execution_counter")
    assert sorted(found) == list(range(1, ROWS + 1))


def _resident():
    """Megabytes of memory that this process has now, those of the driver included."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


def _growth(queryset):
    """How much the process grows while it reads, at most."""
    before = peak = _resident()
    count = 0
    for count, _ in enumerate(queryset.iterator(chunk_size=2000), 1):
        if count % 20_000 == 1:
            peak = max(peak, _resident())
    assert count == 1_000_000
    return peak - before


async def _agrowth(queryset):
    before = peak = _resident()
    count = 0
    async for _ in queryset.aiterator(chunk_size=2000):
        count += 1
        if count % 20_000 == 1:
            peak = max(peak, _resident())
    assert count == 1_000_000
    return peak - before


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is measured as Linux tells it")
@pytest.mark.parametrize("limit", [None, 600_000])
@pytest.mark.parametrize("where", ["autocommit", "atomic"])
def test_a_million_rows_are_read_in_constant_memory(execution_tables, transactional_db, where, limit):
    rows = Million.objects.tuned(work_mem="7MB").annotate(now=Current("work_mem"))
    rows = rows.timeout(limit) if limit else rows
    with SURROUNDINGS[where]():
        assert _growth(rows.values_list("text", "now")) < 25  # all at once they are 400 MB


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is measured as Linux tells it")
def test_a_million_rows_are_read_in_constant_memory_asynchronously(execution_tables, transactional_db):
    rows = Million.objects.tuned(work_mem="7MB").filter(pk=F("pk"))
    assert async_to_sync(_agrowth)(rows.values("text")) < 25
