"""What is remembered: how fresh, how strong, how near to a vector, and what is nearly the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import isfinite
from typing import Any, Final, Literal, TypeAlias, cast

from django.db.models import Case, F, Min, OuterRef, Q, QuerySet, Value, When, Window
from django.db.models.aggregates import Max as Most
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Greatest, Ln, NullIf, Power
from django.db.models.lookups import LessThanOrEqual
from pgvector.django import CosineDistance, HalfVectorField, VectorField

from querysets._types import SqlQuery, meta
from querysets.errors import MissingRole, WrongShape
from querysets.kinds import patterns_of
from querysets.roles import role_of
from querysets.scope import Scope
from querysets.sql.derived import joins_to_many, picking
from querysets.sql.fields import FLOAT
from querysets.sql.relations import frozen, rows_of
from querysets.sql.rollups import rollup
from querysets.sql.subqueries.columns import column
from querysets.sql.subqueries.moments import half_of, halvings
from querysets.sql.values import amount, counted, names, one_of
from querysets.sql.zones import now

from .computed import Plan, computed
from .wholes import COMPONENTS, LABELS

Vector: TypeAlias = Sequence[float]
Curve: TypeAlias = Literal["half-life", "fsrs"]
Normalised: TypeAlias = Literal["minmax"] | None

_VECTORS: Final = (VectorField, HalfVectorField)
PARTS: Final = ("recency", "importance", "relevance")
_NAN: Final = Value(float("nan"), FLOAT)  # the cosine of a vector of length 0, which PostgreSQL has above all numbers
_FSRS: Final = 3.0  # (1 + 3 t) ** -0.5 is a half at t = 1; the 19/81 of FSRS is of where 0.9 is left


def embedding(scope: Scope, field: str | None) -> str:
    """The vector of a row."""
    name = scope.role("embedding", field)
    scope.typed(name, _VECTORS, "a vector")
    return name


def distance(scope: Scope, vector: Any, field: str | None = None) -> Any:
    """The cosine distance between the vector of a row and another: NaN where one has no length."""
    name = embedding(scope, field)
    dimensions = scope.field(name).dimensions
    given = [] if isinstance(vector, str | bytes) else list(vector)
    if not given or not all(isinstance(each, int | float) and isfinite(each) for each in map(_plain, given)):
        raise TypeError(f"{scope.label}: vector must be a list of finite numbers, got {vector!r}")
    if dimensions not in {None, len(given)}:
        raise ValueError(f"{scope.label}: vector has {len(given)} numbers, {name!r} has {dimensions}")
    return CosineDistance(F(name), [float(each) for each in given])


def _plain(number: Any) -> Any:
    """A number of an array library as one of Python's."""
    return number.item() if hasattr(number, "item") else number


def similarity(distance: Any) -> Any:
    """``1 - distance``; NULL where that is NaN."""
    return Value(1.0, FLOAT) - NullIf(Cast(distance, FLOAT), _NAN)


def seen(scope: Scope) -> Any:
    """When a row was made or last used, whichever is later."""
    made, used = scope.role("timestamp"), role_of(scope.model, "accessed")
    return F(made) if used is None else Greatest(F(made), F(scope.path(used.field)))


def parts(
    scope: Scope, near: Any, half_life: timedelta, at: datetime | None, normalize: Normalised
) -> Mapping[str, Any]:
    """Recency, importance and relevance, each from 0 to 1, or from -1 for what points the other way."""
    one_of(scope, "normalize", normalize, (None, "minmax"))
    found: dict[str, Any] = {
        "recency": half_of(halvings(scope, seen(scope), half_life, at)),
        "importance": Cast(F(scope.role("importance")), FLOAT) / Value(10.0, FLOAT),
        "relevance": Coalesce(similarity(near), Value(0.0, FLOAT)),
    }
    return found if normalize is None else {name: _spread(value) for name, value in found.items()}


def _spread(value: Any) -> Any:
    """Where a value lies between the least and the greatest of the chain; in the middle where all are one."""
    least, most = Window(Min(value)), Window(Most(value))
    return Coalesce((value - least) / NullIf(most - least, Value(0.0, FLOAT)), Value(0.5, FLOAT), output_field=FLOAT)


def weighted(scope: Scope, prefix: str, weights: Mapping[str, float]) -> Any:
    """The sum of the parts, each times its weight."""
    terms = [F(f"{prefix}_{name}") * Value(float(amount(scope, name, weights[name], 0)), FLOAT) for name in PARTS]
    return terms[0] + terms[1] + terms[2]


def nearest(scope: Scope, near: Any, pool: int) -> SqlQuery:
    """A query of the rows of the chain that are nearest to a vector: so many of them."""
    inner = picking(scope.query)
    inner.clear_ordering(force=True)
    inner.add_ordering(near.asc())
    inner.set_limits(high=counted(scope, "pool", pool))
    return inner


def retention(scope: Scope, half_life: timedelta, curve: Curve, at: datetime | None) -> Any:
    """What is left of the strength of a row, which each use makes last longer."""
    one_of(scope, "curve", curve, ("half-life", "fsrs"))
    strength, uses = scope.role("rank"), role_of(scope.model, "uses")
    passed = halvings(scope, seen(scope), half_life, at)
    if uses is not None:
        used = Cast(Greatest(F(scope.path(uses.field)), Value(1)), FLOAT)
        passed = passed / (Value(1.0, FLOAT) + Ln(used))
    if curve == "half-life":
        left = half_of(passed)
    else:
        ahead = Greatest(passed, Value(0.0, FLOAT))
        left = Power(Value(1.0, FLOAT) + Value(_FSRS, FLOAT) * ahead, Value(-0.5, FLOAT))
    return Cast(F(strength), FLOAT) * left


def reinforced(scope: Scope, gain: float, at: datetime | None) -> Mapping[Any, Any]:
    """One use more, now, and a part of what the strength lacks to 1."""
    left = Value(1 - float(amount(scope, "gain", gain, 0, 1)), FLOAT)
    strength, uses, used = (scope.role(name) for name in ("rank", "uses", "accessed"))
    one = Value(1.0, FLOAT)
    return {
        column(scope, uses): F(uses) + 1,
        column(scope, used): Value(now(scope, at)),
        column(scope, strength): one - (one - F(strength)) * left,
    }


_NEAR: Final = (
    'WITH RECURSIVE "#rows" ("id", "vector", "rank", "uses", "group") AS MATERIALIZED ('
    'SELECT "id", "vector", "rank", "uses", DENSE_RANK() OVER (ORDER BY {groups}) FROM ({rows}) '
    'AS "row" ("id", "vector", "rank", "uses"{names})), '
    '"#given" ("one", "other") AS MATERIALIZED (SELECT one."id", other."id" FROM "#rows" one '
    'JOIN "#rows" other USING ("group") WHERE one."id" < other."id" AND one."vector" <=> other."vector" <= {most}), '
    '"#edges" ("source", "target") AS MATERIALIZED ('
    'SELECT "one", "other" FROM "#given" UNION ALL SELECT "other", "one" FROM "#given"), '
)
_CANONICAL: Final = (
    'SELECT "id", FIRST_VALUE("id") OVER (PARTITION BY "component" ORDER BY "rank" DESC, "uses" DESC, "id") '
    'FROM "#rows" JOIN ({components}) AS "cluster" ("id", "component", "size") USING ("id")'
)


def canonical(
    scope: Scope, rows: QuerySet[Any, Any], threshold: float, field: str | None, per: str | Sequence[str] | None
) -> SqlQuery:
    """The row that stands for each row that has near copies: the strongest, then that of most uses."""
    most = 1 - float(amount(scope, "threshold", threshold, -1, 1))
    groups = [scope.role("owner", argument="per=...")] if per is None else [*map(scope.path, names(scope, "per", per))]
    wanted = ["pk", embedding(scope, field), scope.role("rank"), scope.role("uses"), *groups]
    given = rows_of(scope, rows)
    given = frozen(given) if joins_to_many(given.query) else given
    # Of a queryset of its own: where cloning is off, methods change the rows themselves.
    given = cast("Any", QuerySet)(given.model, query=given.query.clone(), using=given.db)
    query: SqlQuery = given.order_by().values_list(*wanted).query
    keys = [f'"by{place}"' for place, _ in enumerate(groups)]
    near = _NEAR.replace("{groups}", ", ".join(keys) or "1").replace("{names}", "".join(f", {key}" for key in keys))
    plan = Plan(f"{near}{LABELS} {_CANONICAL.replace('{components}', COMPONENTS)}", ("rows",), (("most", most),))
    return computed(scope.model, {"canonical": meta(scope.model).pk}, plan, query)


def merged(held: Sequence[tuple[Any, ...]], columns: Sequence[Any]) -> tuple[Mapping[Any, Any], set[Any]]:
    """What the columns of each canonical row become, and the keys of the rows that it stands for.

    ``held`` has the key, the canonical key and the columns of each row: what is counted first, then what has a most.
    """
    clusters: dict[Any, dict[Any, tuple[Any, ...]]] = {}
    for key, one, *values in held:
        clusters.setdefault(one, {})[key] = tuple(values)
    clusters = {one: rows for one, rows in clusters.items() if one in rows and len(rows) > 1}
    made: dict[Any, list[Any]] = {}
    for one, rows in clusters.items():
        known = [[value for value in values if value is not None] for values in zip(*rows.values(), strict=True)]
        made[one] = [sum(known[0]), *(max(values, default=None) for values in known[1:])]
    new = {
        field: Case(
            *(When(pk=one, then=Value(values[place], field)) for one, values in made.items()),
            default=F(field.name),
            output_field=field,
        )
        for place, field in enumerate(columns)
    }
    return new if made else {}, {key for one, rows in clusters.items() for key in rows if key != one}


def noted(scope: Scope) -> str:
    """The alias that ``near_duplicates`` gave the canonical rows."""
    found: str | None = patterns_of(scope.query).get("canonical")
    if found is None or found not in scope.annotations:
        raise WrongShape(f"{scope.label} needs near_duplicates(...) before it, which says what is to become one")
    return found


def others(scope: Scope, relation: str | None, field: str | None) -> Any:
    """The least distance between the vector of a row and that of a memory that is not its own."""
    own, (rows, owner) = embedding(scope, field), _memories(scope, relation)
    there = Scope(rows.model, None, scope.method)
    far = CosineDistance(F(there.role("embedding")), cast("Any", OuterRef(own)))
    return rollup(rows.exclude(**{owner: OuterRef("pk")}), Min(far, output_field=FLOAT))


def _memories(scope: Scope, relation: str | None) -> tuple[QuerySet[Any, Any], str]:
    """The rows that have a vector and an owner among the rows of ``scope``, and the name of the owner."""
    found = {
        each.get_accessor_name(): each.field
        for each in meta(scope.model).related_objects
        if each.one_to_many
        and role_of(each.related_model, "embedding") is not None
        and (owner := role_of(each.related_model, "owner")) is not None
        and owner.field == each.field.name
    }
    chosen = found if relation is None else {name: link for name, link in found.items() if name == relation}
    if len(chosen) != 1:
        raise MissingRole(
            f"{scope.label} needs one relation to rows with an 'embedding' whose 'owner' this model is; pass "
            f"relation=..., there is {', '.join(map(repr, found)) or 'none'}"
        )
    ((_, link),) = chosen.items()
    return link.model._default_manager.all(), link.name


def within(distance: Any, least: float) -> Q:
    """Whether a distance is that of a similarity of ``least``, or nearer; not so where it is NaN."""
    return Q(LessThanOrEqual(cast("Combinable", distance), Value(1 - least, FLOAT)))
