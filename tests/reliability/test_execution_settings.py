"""The settings that a queryset may carry, and the compilers that carry them."""

from __future__ import annotations

import sys
from datetime import timedelta
from types import ModuleType
from typing import Literal, get_args, get_origin

import pytest
from django.core.exceptions import FieldError
from django.db import connection, connections, transaction
from django.db.backends.postgresql import compiler as plain
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.models import Q, QuerySet
from django.db.models.sql import InsertQuery
from django.db.models.sql.compiler import SQLCompiler, SQLInsertCompiler

from querysets.errors import InvalidSetting, PatternError, UnknownSetting
from querysets.execution import (
    SETTINGS,
    checked_label,
    checked_timeout,
    checked_tuning,
    collected,
    cursor,
    settings_of,
    with_settings,
)
from querysets.sql import compilers
from tests.fixtures.execution import Item, database, run

TYPES = {int: "integer", float: "real", bool: "bool", str: "integer"}
BLOCK = {"kB": 1, "8kB": 8}


@pytest.fixture
def loaded(execution_tables, transactional_db):
    """A session that knows the settings of the extensions."""
    run("SELECT similarity('a', 'b'), '[1]'::vector")


@database
@pytest.mark.parametrize("keyword", SETTINGS)
def test_the_table_agrees_with_the_server(loaded, keyword):
    kind, rule = SETTINGS[keyword]
    [(context, vartype, unit, low, high, choices)] = run(
        "SELECT context, vartype, unit, min_val::float, max_val::float, enumvals FROM pg_settings WHERE name = %s",
        [rule.name],
    )
    assert context == "user"
    if get_origin(kind) is Literal:
        assert sorted(get_args(kind)) == sorted(choices)
        return
    assert vartype == TYPES[kind]
    if kind is str:
        assert rule.low == low * BLOCK[unit]
    elif kind is not bool:
        zero_disables = rule.name.endswith("_timeout") and low == 0
        assert rule.low == (1 if zero_disables else low)
        assert rule.high == high or (high > rule.high == 2**31 - 1)
        assert unit in (None, "ms")


def _least(keyword):
    kind, rule = SETTINGS[keyword]
    if get_origin(kind) is Literal:
        return get_args(kind)[0]
    return {bool: False, str: f"{rule.low:g}kB"}.get(kind, rule.low)


@database
def test_an_ordinary_role_may_use_them_all(loaded):
    everything = {keyword: _least(keyword) for keyword in SETTINGS}
    with transaction.atomic():
        run("CREATE ROLE querysets_guest")
        run("GRANT SELECT ON execution_item TO querysets_guest")
        run("SET LOCAL ROLE querysets_guest")
        assert list(Item.objects.tuned(**everything).timeout(60_000).filter(pk=0)) == []
        transaction.set_rollback(rollback=True)


@pytest.mark.parametrize(
    ("keyword", "value", "name", "kept"),
    [
        ("ef_search", 200, "hnsw.ef_search", 200),
        ("iterative_scan", "strict_order", "hnsw.iterative_scan", "strict_order"),
        ("scan_mem_multiplier", 2, "hnsw.scan_mem_multiplier", 2.0),
        ("similarity_threshold", 0.3, "pg_trgm.similarity_threshold", 0.3),
        ("work_mem", "64MB", "work_mem", "65536kB"),
        ("work_mem", "1 GB", "work_mem", "1048576kB"),
        ("jit", False, "jit", False),
        ("enable_seqscan", True, "enable_seqscan", True),
    ],
)
def test_a_setting_is_kept_under_its_name_in_the_server(keyword, value, name, kept):
    assert checked_tuning(**{keyword: value}) == {name: kept}


@pytest.mark.parametrize(
    ("keyword", "value", "wanted"),
    [
        ("ef_search", 0, "a whole number from 1 to 1000"),
        ("ef_search", 1001, "a whole number from 1 to 1000"),
        ("ef_search", 2.5, "a whole number"),
        ("ef_search", "200", "a whole number"),
        ("ef_search", True, "a whole number"),
        ("ef_search", None, "a whole number"),
        ("max_scan_tuples", 2**31, "a whole number from 1 to 2147483647"),
        ("similarity_threshold", 1.01, "a number from 0 to 1"),
        ("similarity_threshold", float("nan"), "a number from 0 to 1"),
        ("random_page_cost", float("inf"), "a number from 0 to 2147483647"),
        ("iterative_scan", "fast", "one of off, relaxed_order, strict_order"),
        ("iterative_scan", [], "one of off"),
        ("work_mem", 64, "an amount of memory from 64kB, such as '64MB'"),
        ("work_mem", "64", "an amount of memory"),
        ("work_mem", "63kB", "an amount of memory from 64kB"),
        ("work_mem", "64mb", "an amount of memory"),
        ("work_mem", "9999999TB", "an amount of memory"),
        ("work_mem", "64MB'; DROP TABLE x; --", "an amount of memory"),
        ("work_mem", "٦٤MB", "an amount of memory"),
        ("jit", "off", "True or False"),
        ("jit", 1, "True or False"),
    ],
)
def test_a_value_out_of_range_is_refused_at_the_call(keyword, value, wanted):
    with pytest.raises(InvalidSetting, match=rf"tuned\(\): {keyword} must be {wanted}.*, got ") as caught:
        Item.objects.tuned(**{keyword: value})
    assert isinstance(caught.value, ValueError | PatternError)


def test_an_unknown_setting_is_refused_at_the_call_with_the_nearest_name():
    with pytest.raises(UnknownSetting, match=r"no setting 'ef_serch'; did you mean 'ef_search'\?") as caught:
        Item.objects.tuned(ef_serch=200)
    assert isinstance(caught.value, TypeError)
    for name in ("statement_timeout", "role", "session_replication_role", "hnsw.ef_search"):
        with pytest.raises(UnknownSetting, match="no setting"):
            Item.objects.tuned(**{name: 1})


@pytest.mark.parametrize(
    ("limit", "kept"),
    [
        (250, 250),
        (0.2, 1),
        (1.5, 2),
        (timedelta(seconds=2), 2000),
        (timedelta(microseconds=1), 1),
        (2**31 - 1, 2**31 - 1),
    ],
)
def test_a_limit_is_kept_in_whole_milliseconds(limit, kept):
    assert checked_timeout(limit) == {"statement_timeout": kept}


@pytest.mark.parametrize(
    "limit", [0, -1, timedelta(0), timedelta(-1), 2**31, "500", None, True, float("nan"), timedelta(days=99), 10**400]
)
def test_a_limit_that_is_none_is_refused_at_the_call(limit):
    with pytest.raises(InvalidSetting, match=r"timeout\(\) needs a timedelta or milliseconds"):
        Item.objects.timeout(limit)


@pytest.mark.parametrize("label", ["a", "x" * 64, "dashboard: latest/v1.2-b_3", "über"])
def test_a_label_is_words_and_a_few_signs(label):
    assert checked_label(label) == {"label": label}


@pytest.mark.parametrize(
    "label", ["", "x" * 65, "*/ DROP TABLE x; /*", "a,b", "50%", "a\nb", "a\n", "a\0", "'", None, 5]
)
def test_any_other_label_is_refused_at_the_call(label):
    with pytest.raises(InvalidSetting, match=r"labelled\(\) needs 1 to 64 letters"):
        Item.objects.labelled(label)


def test_settings_stay_with_the_queryset_that_was_asked_for_them():
    plain_, tuned = Item.objects.all(), Item.objects.tuned(ef_search=50)
    later = tuned.timeout(5).filter(pk=1).tuned(jit=False)
    assert settings_of(plain_.query) == {}
    assert settings_of(tuned.query) == {"hnsw.ef_search": 50}
    assert settings_of(later.query) == {"hnsw.ef_search": 50, "statement_timeout": 5, "jit": False}


def test_labels_of_a_chain_add_up_and_all_else_is_replaced():
    first = with_settings(None, label="a", jit=True)
    assert with_settings(first, label="b", jit=False) == {"label": "a, b", "jit": False}
    assert with_settings(with_settings(first, label="b"), label="a") == {"label": "a, b", "jit": True}
    assert first == {"label": "a", "jit": True}


def test_querysets_of_django_carry_none():
    queryset = QuerySet(Item).filter(Q(pk=1) | ~Q(name="x")).order_by("name")
    assert collected(queryset.query) == {}


# --- the compilers ---


def test_every_compiler_but_that_of_inserts_is_derived_from_djangos():
    for name in plain.__all__:
        found = connection.ops.compiler(name)
        assert issubclass(found, getattr(plain, name))
        assert (found is getattr(plain, name)) is issubclass(found, SQLInsertCompiler)


def test_inserts_keep_what_postgresql_adds_to_them():
    rows = [Item(name="a"), Item(name="b")]
    query = InsertQuery(Item)
    query.insert_values([Item._meta.get_field("name")], rows)
    [(sql, _)] = query.get_compiler("default").as_sql()
    assert "UNNEST" in sql


def test_installing_twice_changes_nothing():
    before = DatabaseOperations.compiler_module
    compilers.install()
    assert DatabaseOperations.compiler_module == before


def test_connections_that_exist_already_are_given_the_compilers(monkeypatch):
    monkeypatch.setattr(connections["default"].ops, "_cache", plain)
    assert connection.ops.compiler("SQLCompiler") is plain.SQLCompiler
    compilers.install()
    assert issubclass(connection.ops.compiler("SQLCompiler"), compilers._Reading)


def test_a_backend_with_compilers_of_its_own_keeps_them(monkeypatch):
    module = ModuleType("its_own_compilers")

    class Own(SQLCompiler):
        def own(self):
            return "kept"

    module.SQLCompiler, module.helper = Own, "helper"
    monkeypatch.setitem(sys.modules, module.__name__, module)

    class Operations(DatabaseOperations):
        compiler_module = module.__name__

    class Inheriting(Operations):
        pass

    monkeypatch.setattr(connections["default"], "ops", Inheriting(connection))
    compilers.install()
    compilers.install()
    found = Inheriting(connection).compiler("SQLCompiler")
    assert found.own(None) == "kept"
    assert issubclass(found, compilers._Reading)
    assert found.__mro__.count(compilers._Reading) == 1
    assert "compiler_module" not in vars(Inheriting)
    assert connections["default"].ops._cache is None


def test_another_kind_of_database_is_left_alone(monkeypatch):
    from django.db.backends.base.operations import BaseDatabaseOperations

    other = BaseDatabaseOperations(connection)
    monkeypatch.setattr(connections["default"], "ops", other)
    compilers.install()
    assert other.compiler("SQLCompiler") is SQLCompiler


@database
def test_the_librarys_own_cursor_is_a_cursor(loaded):
    with cursor(connection) as own:
        own.execute("SELECT 1")
        assert own.fetchall() == [(1,)]


def test_errors_are_also_pythons():
    assert issubclass(UnknownSetting, TypeError)
    assert issubclass(InvalidSetting, ValueError)
    assert not issubclass(InvalidSetting, FieldError)
