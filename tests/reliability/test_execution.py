"""Settings of a queryset hold for its statement, wherever Django takes it, and for nothing else."""

from __future__ import annotations

import contextlib
import itertools
import pickle
import re
import threading

import pytest
from asgiref.sync import async_to_sync
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import DataError, OperationalError, connection, models, transaction
from django.db.models import Case, Count, Exists, F, FilteredRelation, OuterRef, Q, Subquery, Value, When, Window
from django.db.models.functions import RowNumber, Upper
from django.db.transaction import TransactionManagementError
from django_cte import CTE, with_cte

from querysets.errors import ConflictingSettings
from querysets.execution import checked_tuning, preparers
from tests.fixtures.execution import (
    ROWS,
    Boxed,
    Current,
    Item,
    autocommit_off,
    by_hand,
    database,
    run,
    setting,
    statements,
    under,
)

pytestmark = database


async def _astream(queryset):
    return len([row async for row in queryset.aiterator(chunk_size=5)])


# How a queryset is evaluated, each a number of rows.
PATHS = {
    "list": lambda qs: len(list(qs)),
    "values": lambda qs: len(qs.values("name")),
    "values_list": lambda qs: len(list(qs.values_list("name", flat=True).iterator(chunk_size=5))),
    "iterator": lambda qs: len(list(qs.iterator(chunk_size=5))),
    "aiterator": async_to_sync(_astream),
    "count": lambda qs: qs.count(),
    "acount": lambda qs: async_to_sync(qs.acount)(),
    "exists": lambda qs: ROWS * qs.exists(),
    "aggregate": lambda qs: qs.aggregate(n=Count("pk"))["n"],
    "aggregate of a slice": lambda qs: qs[: ROWS + 1].aggregate(n=Count("pk"))["n"],
    "count of a slice": lambda qs: qs[: ROWS + 1].count(),
    "aggregate of distinct rows": lambda qs: qs.distinct().aggregate(n=Count("pk"))["n"],
    "groups": lambda qs: sum(row["n"] for row in qs.values("note").annotate(n=Count("pk"))),
    "first": lambda qs: ROWS * (qs.first() is not None),
    "in_bulk": lambda qs: len(qs.in_bulk()),
    "union": lambda qs: len(qs.union(qs.filter(pk__lt=0))),
    "count of a union": lambda qs: qs.union(qs.filter(pk__lt=0), all=True).count(),
    "subquery": lambda qs: Item.objects.filter(pk__in=qs).count(),
    "explain": lambda qs: ROWS * bool(re.search(rf"actual[^)]* rows={ROWS}\b", qs.explain(analyze=True))),
    "update": lambda qs: qs.update(note="new"),
    "delete": lambda qs: qs.delete()[0],
    "limited": lambda qs: len(qs.limited(ROWS)),
    "pickle": lambda qs: len(_with_query(pickle.loads(pickle.dumps(qs.query)))),  # noqa: S301
}


def _with_query(query):
    found = Item.objects.all()
    found.query = query
    return found


SURROUNDINGS = {
    "autocommit": contextlib.nullcontext,
    "atomic": transaction.atomic,
    "durable": lambda: transaction.atomic(durable=True),
    "autocommit off": autocommit_off,
    "a transaction by hand": by_hand,
}
INSIDE = [name for name in SURROUNDINGS if name != "autocommit"]
# Django's own delete() cannot begin within a transaction that it does not know of.
CASES = [case for case in itertools.product(PATHS, SURROUNDINGS) if case != ("delete", "a transaction by hand")]


@pytest.fixture(params=["client", "server"])
def binding(request, items, monkeypatch):
    """Who writes parameters into a statement; the server takes one statement a message."""
    if request.param == "server":
        connection.close()
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "server_side_binding", value=True)
        monkeypatch.setitem(vars(connection.features), "uses_server_side_binding", value=True)
        yield
        connection.close()
    else:
        yield


@pytest.mark.parametrize(("path", "where"), CASES)
def test_settings_hold_however_the_queryset_is_evaluated(items, binding, path, where):
    before = setting("work_mem")
    with SURROUNDINGS[where]():
        found = PATHS[path](under(items).tuned(work_mem="7MB"))
        after = setting("work_mem")
    assert (found, after) == (ROWS, before)


@pytest.mark.parametrize("path", PATHS)
def test_a_queryset_without_settings_has_none(items, path):
    assert setting("work_mem") != "7MB"
    assert PATHS[path](under(items)) == 0


@pytest.mark.parametrize(("path", "where"), [case for case in CASES if case[1] != "autocommit"])
def test_settings_of_the_transaction_come_back(items, path, where):
    with SURROUNDINGS[where]():
        run("SET LOCAL work_mem = '5MB'")
        run("SET LOCAL statement_timeout = '50s'")
        found = PATHS[path](under(items).tuned(work_mem="7MB", ef_search=123).timeout(40_000))
        after = [setting(name) for name in ("work_mem", "statement_timeout", "hnsw.ef_search")]
    assert found == ROWS
    assert after[:2] == ["5MB", "50s"]
    assert after[2] != "123"


@pytest.mark.parametrize("path", PATHS)
def test_settings_hold_from_the_first_statement_of_a_thread(items, path):
    found = []

    def work():
        found.append(PATHS[path](under(items).tuned(work_mem="7MB")))
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [ROWS]


@pytest.mark.parametrize("where", INSIDE)
@pytest.mark.parametrize("path", ["list", "iterator", "count", "aggregate of a slice", "exists", "subquery"])
def test_a_failing_statement_tells_its_own_error_and_spares_the_transaction(items, binding, path, where):
    failing = items.filter(models.lookups.GreaterThan(1 / (F("pk") - F("pk")), 0)).tuned(work_mem="7MB")
    with SURROUNDINGS[where]():
        run("SET LOCAL work_mem = '5MB'")
        with pytest.raises(DataError, match="division by zero"):
            PATHS[path](failing)
        assert setting("work_mem") == "5MB"
        assert items.count() == ROWS


def test_a_stream_that_fails_half_way_tells_its_own_error_and_spares_the_transaction(items):
    last = max(item.pk for item in items)
    failing = items.annotate(x=1 / (last - F("pk"))).order_by("pk").tuned(work_mem="7MB")
    with transaction.atomic():
        run("SET LOCAL work_mem = '5MB'")
        read = failing.iterator(chunk_size=4)
        assert [next(read).name for _ in range(8)] == [str(number) for number in range(8)]
        with pytest.raises(DataError, match="division by zero"):
            next(read)
        assert setting("work_mem") == "5MB"
        assert items.count() == ROWS


def test_a_failing_update_leaves_the_transaction_to_django(items):
    with transaction.atomic():
        with pytest.raises(DataError, match="division by zero"), transaction.atomic():
            items.tuned(work_mem="7MB").update(note=1 / (F("pk") - F("pk")))
        assert items.count() == ROWS


def test_a_broken_transaction_says_so(items):
    def broken():
        with transaction.atomic():
            with contextlib.suppress(DataError):
                run("SELECT 1/0")
            list(items.tuned(work_mem="7MB"))

    with pytest.raises(Exception, match="current transaction is aborted") as caught:
        broken()
    assert type(caught.value).__name__ == "InternalError"  # as without settings: it is not ours to hide


def test_locking_outside_a_transaction_is_still_refused_before_anything_is_sent(items):
    locking = items.tuned(work_mem="7MB").timeout(1000).labelled("locks").select_for_update()
    with statements() as sent, pytest.raises(TransactionManagementError, match="outside of a transaction"):
        list(locking)
    assert sent == []
    assert connection.get_autocommit()


def test_locks_last_until_the_transaction_of_the_caller_ends(items):
    with transaction.atomic():
        locked = [item.pk for item in under(items).tuned(work_mem="7MB").select_for_update()]
        seen = []
        thread = threading.Thread(target=lambda: seen.append(_lockable()))
        thread.start()
        thread.join()
    assert len(locked) == ROWS
    assert seen == [0]
    assert _lockable() == ROWS


def _lockable():
    with transaction.atomic():
        found = len(Item.objects.select_for_update(skip_locked=True))
    if threading.current_thread() is not threading.main_thread():
        connection.close()
    return found


def test_nothing_to_run_sends_nothing(items):
    with statements() as sent:
        assert list(items.none().tuned(work_mem="7MB")) == []
        assert list(items.filter(pk__in=[]).tuned(work_mem="7MB").iterator()) == []
    assert sent == []


def test_as_sql_leaves_the_connection_alone(items):
    connection.close()
    tuned = items.tuned(work_mem="7MB").labelled("quiet").timeout(5)
    assert str(tuned.query) == str(items.query)
    assert connection.connection is None


@pytest.mark.parametrize("where", ["autocommit", "atomic"])
@pytest.mark.parametrize("path", ["list", "iterator", "count", "exists", "aggregate of a slice", "update", "subquery"])
def test_settings_add_no_statement(items, path, where):
    counts = []
    for queryset in (items, items.tuned(work_mem="7MB").timeout(5000).labelled("x")):
        with SURROUNDINGS[where](), statements() as sent:
            PATHS[path](queryset)
        counts.append(len(sent))
    assert counts[0] == counts[1] > 0


@pytest.mark.parametrize("where", ["autocommit", "atomic"])
@pytest.mark.parametrize("path", ["list", "count", "update"])
def test_settings_add_no_round_trip(items, tmp_path, path, where):
    def sent(queryset):
        log = tmp_path / "trace"
        with SURROUNDINGS[where](), log.open("w") as file:
            items.all().exists()  # connected, and begun
            connection.connection.pgconn.trace(file.fileno())
            PATHS[path](queryset)
            connection.connection.pgconn.untrace()
        return sum("\tF\t" in line for line in log.read_text().splitlines())

    assert sent(items.all()) == sent(items.tuned(work_mem="7MB", ef_search=50).timeout(5000)) == 1


# --- settings of what stands inside ---


class Tuned(Upper):
    """An expression that brings its own settings."""

    settings = checked_tuning(work_mem="7MB")


PLACES = {
    "pk__in": lambda tuned: Item.objects.filter(pk__in=tuned.values("pk")),
    "not pk__in": lambda tuned: Item.objects.exclude(pk__in=tuned.filter(pk__lt=0).values("pk")),
    "Exists": lambda tuned: Item.objects.filter(Exists(tuned.filter(pk=OuterRef("pk")))),
    "annotation": lambda tuned: Item.objects.annotate(x=Subquery(tuned.values("name")[:1])),
    "deep": lambda tuned: Item.objects.filter(Q(pk__lt=0) | ~Q(~Q(pk__in=Item.objects.filter(pk__in=tuned)))),
    "union": lambda tuned: Item.objects.filter(pk__lt=0).union(tuned),
    "nested union": lambda tuned: Item.objects.filter(pk__lt=0).union(Item.objects.filter(pk__lt=0).union(tuned)),
    "range": lambda tuned: Item.objects.filter(pk__range=(Subquery(tuned.order_by("pk").values("pk")[:1]), 10**9)),
    "list": lambda tuned: Item.objects.filter(name__in=[*map(str, range(ROWS)), Subquery(tuned.values("name")[:1])]),
    "order": lambda tuned: Item.objects.order_by(Subquery(tuned.values("name")[:1])),
    "order by a condition": lambda tuned: Item.objects.order_by(Case(When(pk__in=tuned, then=1), default=2)),
    "window": lambda tuned: Item.objects.annotate(
        x=Window(RowNumber(), order_by=Subquery(tuned.values("name")[:1]), partition_by="note")
    ),
    "filter of an aggregate": lambda tuned: Item.objects.annotate(x=Count("pk", filter=Q(pk__in=tuned))),
    "order of an aggregate": lambda tuned: Item.objects.annotate(
        x=ArrayAgg("pk", order_by=Subquery(tuned.values("name")[:1]))
    ),
    "filtered relation": lambda _: Item.objects.annotate(
        kept=FilteredRelation("parent", condition=Q(parent__name=Tuned("name")))
    ).filter(kept__isnull=True),
    "having": lambda tuned: Item.objects.annotate(n=Count("parent")).filter(n__lt=Subquery(tuned.values("pk")[:1])),
    "derived table": lambda tuned: Item.objects.filter(pk__in=tuned.values("pk")).limited(ROWS),
    "derived table of a derived table": lambda tuned: Item.objects.filter(pk__in=tuned).limited(ROWS).limited(ROWS),
    "CTE": lambda tuned: with_cte(
        cte := CTE(tuned.values("pk")), select=cte.join(Item.objects.all(), pk=cte.col.pk)
    ),
    "expression": lambda _: Item.objects.annotate(x=Tuned("name")),
    "expression in a condition": lambda _: Item.objects.filter(models.lookups.GreaterThan(Tuned("name"), "")),
    "expression in an order": lambda _: Item.objects.order_by(Tuned("name")),
}  # fmt: skip


@pytest.mark.parametrize("where", ["autocommit", "atomic"])
@pytest.mark.parametrize(
    ("place", "path"),
    [
        case
        for case in itertools.product(PLACES, ["list", "iterator", "aggregate of a slice"])
        if "union" not in case[0] or "aggregate" not in case[1]  # which Django cannot do
    ],
)
def test_settings_of_what_stands_inside_hold_for_the_whole(items, place, path, where):
    outer = PLACES[place](Item.objects.tuned(work_mem="7MB"))
    if outer.query.combinator:
        outer.query.combined_queries = [_under(query) for query in outer.query.combined_queries]
    else:
        outer = under(outer)
    with SURROUNDINGS[where]():
        assert PATHS[path](outer) == ROWS
    assert setting("work_mem") != "7MB"


def _under(query):
    query = query.clone()
    query.combined_queries = tuple(map(_under, query.combined_queries))
    if not query.combinator:
        query.add_q(Q(models.lookups.Exact(Current("work_mem"), "7MB")))
    return query


def test_settings_inside_hold_for_update_and_delete(items):
    tuned = Item.objects.tuned(work_mem="7MB").values("pk")
    assert under(Item.objects.filter(pk__in=tuned)).update(note="a") == ROWS
    assert under(Item.objects.all()).update(note=Subquery(tuned.values("name")[:1])) == ROWS
    assert under(Item.objects.filter(Exists(tuned.filter(pk=OuterRef("pk"))))).delete()[0] == ROWS


def test_an_update_of_two_tables_has_them_in_both(items):
    Boxed.objects.create(name="one")
    both = {"note": Current("work_mem"), "box": Current("work_mem")}
    assert Boxed.objects.tuned(work_mem="7MB").filter(name="one").update(**both) == 1
    boxed = Boxed.objects.get()
    assert (boxed.note, boxed.box) == ("7MB", "7MB")
    assert Boxed.objects.update(note=Value("x"), box=Current("work_mem")) == 1
    assert Boxed.objects.get().box == setting("work_mem")


def test_an_update_of_two_tables_restores_once_what_both_have(items):
    Boxed.objects.create(name="one")
    with transaction.atomic():
        run("SET LOCAL work_mem = '5MB'")
        run("SET LOCAL statement_timeout = '50s'")
        # The value for the parent's table brings settings of its own, and has a statement of its own.
        Boxed.objects.timeout(40_000).update(note=Tuned(Value("x")), box="y")
        assert [setting(name) for name in ("work_mem", "statement_timeout")] == ["5MB", "50s"]
    assert Boxed.objects.values_list("note", "box").get() == ("X", "y")


# --- conflicts ---


def _nested(outer, inner):
    return Item.objects.filter(pk__in=Item.objects.tuned(**inner).values("pk")).tuned(**outer)


@pytest.mark.parametrize(
    ("keyword", "name", "pair", "wins"),
    [
        ("ef_search", "hnsw.ef_search", (60, 300), "300"),
        ("max_scan_tuples", "hnsw.max_scan_tuples", (9, 10), "10"),
        ("scan_mem_multiplier", "hnsw.scan_mem_multiplier", (1.5, 2), "2.0"),
        ("probes", "ivfflat.probes", (3, 20), "20"),
        ("max_probes", "ivfflat.max_probes", (3, 20), "20"),
        ("similarity_threshold", "pg_trgm.similarity_threshold", (0.25, 0.5), "0.25"),
        ("word_similarity_threshold", "pg_trgm.word_similarity_threshold", (0.25, 0.5), "0.25"),
        ("strict_word_similarity_threshold", "pg_trgm.strict_word_similarity_threshold", (0.25, 0.5), "0.25"),
        ("lock_timeout", "lock_timeout", (3000, 7000), "3s"),
        ("work_mem", "work_mem", ("7MB", "7168kB"), "7MB"),
    ],
)
def test_of_two_settings_in_one_statement_one_wins_whichever_stands_outside(items, keyword, name, pair, wins):
    for outer, inner in itertools.permutations(pair):
        nested = _nested({keyword: outer}, {keyword: inner})
        assert set(nested.annotate(now=Current(name)).values_list("now", flat=True)) == {wins}


def test_of_two_limits_the_least_holds(items):
    for outer, inner in ((3000, 9000), (9000, 3000)):
        nested = Item.objects.filter(pk__in=Item.objects.timeout(inner).values("pk")).timeout(outer)
        assert nested.annotate(now=Current("statement_timeout")).first().now == "3s"


def test_settings_that_contradict_each_other_are_refused_before_anything_is_sent(items):
    left, right = (
        Item.objects.filter(pk__in=Item.objects.tuned(work_mem=size).values("pk")) for size in ("7MB", "8MB")
    )
    for both in (left.filter(pk__in=right), left.union(right), _nested({"jit": True}, {"jit": False})):
        with statements() as sent, pytest.raises(ConflictingSettings, match=r"two parts .* want (work_mem|jit) = "):
            list(both)
        assert sent == []


def test_on_one_chain_the_last_call_decides(items):
    chain = items.tuned(work_mem="9MB", jit=True).timeout(1).tuned(work_mem="7MB").timeout(5000)
    now = chain.tuned(jit=False).annotate(**{name: Current(name) for name in ("work_mem", "jit", "statement_timeout")})
    assert set(now.values_list("work_mem", "jit", "statement_timeout")) == {("7MB", "off", "5s")}


def test_querysets_that_are_combined_share_their_settings(items):
    left, right = items.filter(pk__gt=0).tuned(work_mem="7MB"), items.filter(pk__lt=0).tuned(ef_search=77)
    for both in (left | right, right | left):
        assert under(under(both), "77", "hnsw.ef_search").count() == ROWS


# --- labels ---


@pytest.mark.parametrize("tuned", [{}, {"work_mem": "7MB"}])
@pytest.mark.parametrize("where", ["autocommit", "atomic"])
@pytest.mark.parametrize("path", ["list", "iterator", "count", "exists", "aggregate of a slice", "explain", "update"])
def test_a_label_stands_in_front_of_the_statement(items, path, where, tuned):
    labelled = items.labelled("dash.board: a/b-1").tuned(**tuned)
    with SURROUNDINGS[where](), statements() as sent:
        assert PATHS[path](labelled) == ROWS
    [sql] = [sql for sql in sent if not sql.startswith(("BEGIN", "COMMIT"))]
    assert sql.count("/*") == 1
    assert "/* dash.board: a/b-1 */ " in sql
    assert sql.startswith(("/* dash.board: a/b-1 */ ", "DECLARE"))


@pytest.mark.parametrize("tuned", [{}, {"work_mem": "7MB"}])
@pytest.mark.parametrize("where", ["autocommit", "atomic"])
def test_the_server_shows_the_label(items, where, tuned):
    activity = "(SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid())"
    now = models.expressions.RawSQL(activity, (), output_field=models.TextField())  # noqa: S611
    with SURROUNDINGS[where]():
        assert items.labelled("visible").tuned(**tuned).annotate(now=now).first().now.startswith("/* visible */ S")


def test_labels_add_up_and_are_told_once(items):
    inner = Item.objects.labelled("inner").values("pk")
    nested = Item.objects.labelled("a").labelled("b").filter(pk__in=inner).filter(pk__in=inner.labelled("a"))
    with statements() as sent:
        assert len(nested) == ROWS
    assert sent[0].startswith("/* a, b, inner */ SELECT")


def test_a_percent_sign_beside_a_label_is_left_alone(items):
    assert items.labelled("x").tuned(work_mem="7MB").filter(name__contains="%").count() == 0
    assert items.labelled("x").tuned(work_mem="7MB").extra(where=["name LIKE '1%%'"]).count() == 3


# --- limits ---


@pytest.mark.parametrize("where", ["autocommit", "atomic"])
@pytest.mark.parametrize("path", ["list", "iterator", "values_list", "count", "update", "subquery", "aiterator"])
def test_a_statement_that_takes_too_long_is_cancelled(items, path, where):
    slow = items.alias(slept=_sleep(0.1)).filter(slept=Value(""))
    with pytest.raises(OperationalError, match="statement timeout"), SURROUNDINGS[where]():
        PATHS[path](slow.timeout(50))
    assert setting("statement_timeout") == "0"


def _sleep(seconds):
    return models.functions.Cast(models.Func(Value(seconds), function="pg_sleep"), models.TextField())


def test_a_limit_holds_for_one_statement(items):
    quick = items.timeout(200)
    for _ in range(4):
        assert quick.annotate(slept=_sleep(0.07 / ROWS)).count() == ROWS
        assert len(quick.annotate(slept=_sleep(0.07 / ROWS))) == ROWS


# --- around ---


def test_preparers_see_each_statement_once_before_it_is_compiled(items):
    seen = []

    def note(query, on):
        seen.append((query, on.alias))

    preparers.append(note)
    try:
        queryset = items.filter(pk__in=Item.objects.tuned(work_mem="7MB"))
        list(queryset)
        queryset.update(note="x")
    finally:
        preparers.remove(note)
    assert [alias for _, alias in seen] == ["default", "default"]
    assert seen[0][0] is queryset.query


@pytest.mark.parametrize("where", ["autocommit", "atomic"])
def test_a_wrapper_of_the_project_may_run_statements_meanwhile(items, where):
    counts = []

    def count(execute, sql, params, many, context):
        counts.append(run("SELECT count(*) FROM execution_item") if "count" not in sql else None)
        return execute(sql, params, many, context)

    tuned = under(items).tuned(work_mem="7MB").labelled("x")
    with SURROUNDINGS[where](), connection.execute_wrapper(count):
        assert len(tuned) == len(list(tuned.iterator(chunk_size=5))) == ROWS
    assert counts.count([(ROWS,)]) == 2


def test_derived_tables_are_not_locked(items):
    newest = Item.objects.annotate(n=Window(RowNumber(), partition_by="note", order_by="pk")).at_most(n=3)
    with transaction.atomic(), statements() as sent:
        assert len(newest.select_for_update()) == 3
        assert len(newest.tuned(work_mem="7MB").select_for_update(of=("self",))) == 3
    assert " FOR UPDATE OF " in sent[0]


def test_prefetched_rows_and_inserts_are_not_covered(items):
    item = Item.objects.tuned(work_mem="7MB").create(name=Current("work_mem"))
    item.refresh_from_db()
    assert item.name == setting("work_mem")
