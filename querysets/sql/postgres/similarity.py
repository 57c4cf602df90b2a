"""Texts that resemble each other: trigrams that they share, by operators that trigram indexes serve.

In any case means PostgreSQL's ``UPPER``, as in ``matching``, and so the index of ``matching`` serves here as well. (An
index on the bare column would be one of two kinds, and of these the planner takes GiST, which may read all of it.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from django.db.models import F, Func, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import OrderBy
from django.db.models.functions import Coalesce, Greatest, Upper
from django.db.models.lookups import GreaterThanOrEqual, PostgresOperatorLookup

from querysets._types import SqlQuery, meta
from querysets.conditions import NOTHING
from querysets.execution import Settings
from querysets.scope import Scope
from querysets.sql.derived import DerivedCol, LateralJoin
from querysets.sql.expressions import Operator
from querysets.sql.fields import FLOAT
from querysets.sql.filters.text import text_name, text_names
from querysets.sql.ordering import tie_break
from querysets.sql.values import storable, text

SLACK: Final = 1e-6  # similarities are of single precision: an index must not miss what equals the bound


if TYPE_CHECKING:
    _Operator = PostgresOperatorLookup[Any]
else:
    _Operator = PostgresOperatorLookup


class Alike(_Operator):
    """``text % term``, or ``text %> term`` for a part of the text; the bound is a setting of the statement."""

    lookup_name = "alike"

    def __init__(self, lhs: Any, rhs: Any, threshold: float, *, word: bool) -> None:
        super().__init__(lhs, rhs)
        self.postgres_operator = "%%>" if word else "%%"
        name = "pg_trgm.word_similarity_threshold" if word else "pg_trgm.similarity_threshold"
        self.settings: Settings = {name: max(0.0, threshold - SLACK)}

    @property
    def identity(self) -> Any:
        return (*super().identity, *self.settings.items())


def resembling(scope: Scope, term: str, *fields: str, threshold: float = 0.3, word: bool = False) -> Q:
    names, wanted = text_names(scope, fields), _term(scope, term)
    bound = _threshold(scope, threshold)
    if not wanted.strip():
        return NOTHING
    return Q(*(_alike(name, Value(wanted), bound, word=word) for name in names), _connector=Q.OR)


def resemblance(scope: Scope, term: str, *fields: str, word: bool = False) -> Any:
    """The most of the similarities of ``term`` with each of the fields; 0 where all are NULL."""
    wanted = Value(_term(scope, term))
    found = [_similarity(name, wanted, word=word) for name in text_names(scope, fields)]
    return Coalesce(Greatest(*found) if len(found) > 1 else found[0], Value(0.0))


def closest_to(scope: Scope, field: str) -> Q:
    name = text_name(scope, field)
    return Q((f"{name}__isnull", False)) if scope.nullable(name) else Q()


def closest(scope: Scope, term: str, field: str) -> list[str | OrderBy]:
    """ORDER BY terms: the distance to ``term``, which a GiST index gives in order, and the tie-break."""
    name = text_name(scope, field)
    distance: Any = Operator(F(name), "<->", Value(_term(scope, term)), output_field=FLOAT)
    return [distance.asc(), *tie_break(scope.query, ())]


def paired(scope: Scope, query: SqlQuery, inner: SqlQuery, field: str, threshold: float) -> dict[str, Any]:
    """Join, in place, to each row of ``query`` those of ``inner`` behind it that resemble it; the columns of a pair."""
    name, pk = text_name(scope, field), meta(scope.model).pk
    bound = _threshold(scope, threshold)
    inner.clear_ordering(force=False)
    others: QuerySet[Any] = QuerySet(scope.model, query=inner)
    alike = _similarity(name, OuterRef(name))
    others = others.filter(_alike(name, OuterRef(name), bound), pk__gt=OuterRef("pk"))
    found: Any = others.annotate(_resemblance=alike).values("pk", "_resemblance")
    join = LateralJoin(found.query.resolve_expression(query), ("pk", "resemblance"), query.get_initial_alias(), "pk")
    alias = query.join(join)
    return {
        "a": F("pk"),
        "b": DerivedCol(alias, "pk", pk),
        "resemblance": DerivedCol(alias, "resemblance", FLOAT),
    }


def _alike(name: str, term: Any, bound: float, *, word: bool = False) -> Q:
    """The operator finds by index what may do, and the function decides."""
    exact = GreaterThanOrEqual(_similarity(name, term, word=word), Value(bound))
    return Q(Alike(Upper(F(name)), Upper(term), bound, word=word)) & Q(exact)


def _similarity(name: str, term: Any, *, word: bool = False) -> Any:
    """As a float of six digits, as many as it has: 0.7, not 0.699999988, which would be below a bound of 0.7."""
    function = "WORD_SIMILARITY" if word else "SIMILARITY"  # that of a part is not symmetric: the term comes first
    template = "%(function)s(%(expressions)s)::numeric::double precision"
    return cast("Any", Func)(Upper(term), Upper(F(name)), function=function, template=template, output_field=FLOAT)


def _term(scope: Scope, term: str) -> str:
    """A term that no text can hold resembles none, as an empty one does."""
    given = text(scope, "term", term)
    return given if storable(given) else ""


def _threshold(scope: Scope, threshold: Any) -> float:
    if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not 0 < threshold <= 1:
        raise ValueError(f"{scope.label}: threshold must be a number above 0 and at most 1, got {threshold!r}")
    return float(threshold)
