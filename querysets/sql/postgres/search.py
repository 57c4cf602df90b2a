"""Full-text search: a query parsed under the configuration of the vector that it is held against, and its relevance."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, TypeAlias, cast

from django.contrib.postgres.aggregates import BoolOr
from django.contrib.postgres.search import (
    CombinedSearchVector,
    SearchConfig,
    SearchQuery,
    SearchRank,
    SearchVector,
    SearchVectorExact,
)
from django.db.models import (
    BooleanField,
    Case,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    GeneratedField,
    Q,
    QuerySet,
    Value,
    When,
    Window,
)
from django.db.models.constants import LOOKUP_SEP
from django.db.models.functions import Cast, Coalesce

from querysets._types import SqlQuery
from querysets.conditions import NOTHING, negated
from querysets.errors import MissingQuery
from querysets.kinds import patterns_of
from querysets.scope import Scope, path_of
from querysets.sql.filters.picks import refers_outside
from querysets.sql.filters.text import text_names
from querysets.sql.values import one_of, text

from .languages import configuration
from .similarity import resemblance, resembling

Syntax = Literal["websearch", "phrase", "plain", "prefix"]
Language: TypeAlias = "str | SearchConfig"

LONGEST: Final = 10_000  # PostgreSQL's stack ends at a phrase of some ten thousand words
DIVIDED: Final = 32  # rank / (rank + 1): never 1, however long the document

# Websearch reads each "-" as a NOT and gives up after 32 in a row, which are a line that somebody has drawn.
_RULE = re.compile(r'(?:-[^\w"-]*){3,}')
_QUOTED = str.maketrans({"'": "''", "\\": "\\\\"})


@dataclass(frozen=True, slots=True)
class Sought:
    """What ``about()`` was asked for, as it leaves it in the notes of a chain."""

    query: str
    fields: tuple[str, ...] = ()
    language: Language | None = None
    syntax: Syntax = "websearch"
    fallback: str | None = None


class Part(NamedTuple):
    """Some rows (all of them if ``when`` is None) with their vector and the query as their configuration reads it."""

    when: Q | None
    vector: Any
    config: SearchConfig
    query: SearchQuery

    @property
    def found(self) -> Q:
        matches = Q(SearchVectorExact(self.vector, self.query))
        return matches if self.when is None else self.when & matches


def about(scope: Scope, query: str, *fields: str, language: Language | None = None, syntax: Syntax = "websearch") -> Q:
    return found(scope, Sought(query, fields, language, syntax))


def found(scope: Scope, sought: Sought) -> Q:
    """The rows that the query finds."""
    every = parts(scope, sought)
    if not _typed(scope, sought.query).strip():
        return NOTHING
    return Q(*(part.found for part in every), _connector=Q.OR)


def about_or_resembling(scope: Scope, query: SqlQuery, sought: Sought) -> SqlQuery:
    """``query`` narrowed to what the search finds among its rows; if that is none, to those that resemble it.

    Two branches, of which PostgreSQL does not begin the second where the first has a row. The second asks by a copy of
    the chain, in which what refers to an enclosing query would be taken to refer to the chain: then a window looks.
    """
    hits, near = found(scope, sought), resembling(scope, sought.query, str(sought.fallback))
    if refers_outside(query.where):
        query.add_q(hits | near)
        hit = Coalesce(ExpressionWrapper(hits, BooleanField()), Value(False))  # noqa: FBT003
        query.add_annotation(hit, "_hit", select=False)
        query.add_annotation(Window(BoolOr("_hit")), "_any", select=False)
        query.add_q(Q(_hit=F("_any")))
        return query
    query.clear_ordering(force=False)
    rows: QuerySet[Any] = QuerySet(scope.model, query=query)
    first = rows.filter(hits)
    return first.union(rows.filter(near, ~Exists(first)), all=True).query


def sought_in(scope: Scope) -> Sought:
    """What the chain has searched for last."""
    sought: Sought | None = None if scope.query is None else patterns_of(scope.query).get("sought")
    if sought is None:
        raise MissingQuery(f"{scope.label} speaks of what was searched for; call about(...) before it")
    return sought


def relevance(scope: Scope, sought: Sought, weights: Sequence[float] | None = None, *, cover: bool = False) -> Any:
    """How well a row fits the query, 0 to 1; of one that only resembles it, how much.

    A ``real`` that is read as Python's float, and compared with it by the next page, must be double on both sides.
    """
    if weights is not None:
        weights = _weights(scope, weights)

    def rank(part: Part) -> Any:
        vector: Any = part.vector
        return Cast(
            SearchRank(vector, part.query, weights=weights, normalization=DIVIDED, cover_density=cover), FloatField()
        )

    ranks = each(parts(scope, sought), rank)
    if sought.fallback is None:
        return ranks
    return Case(When(found(scope, sought), then=ranks), default=resemblance(scope, sought.query, sought.fallback))


def each(every: Sequence[Part], make: Callable[[Part], Any]) -> Any:
    """What ``make`` makes for the part that a row belongs to."""
    *others, last = every
    if not others:
        return make(last)
    return Case(*(When(part.when, then=make(part)) for part in others), default=make(last))


def parts(scope: Scope, sought: Sought) -> list[Part]:
    """The rows by the configuration that their vector was made with."""
    one_of(scope, "syntax", sought.syntax, ("websearch", "phrase", "plain", "prefix"))
    typed = _typed(scope, sought.query)
    given = None if sought.language is None else configuration(scope, sought.language)
    if sought.fields:
        if given is None:
            raise ValueError(f"{scope.label}: fields are searched under one configuration; pass language=...")
        names = text_names(scope, sought.fields)
        return [Part(None, SearchVector(*names, config=given), given, _parsed(typed, sought.syntax, given))]
    name = scope.role("search", argument="the names of fields and language=...")
    made = [(None, given)] if given is not None else list(_configurations(scope, name))
    return [Part(when, F(name), config, _parsed(typed, sought.syntax, config)) for when, config in made]


def _typed(scope: Scope, query: str) -> str:
    """What a user has typed, without what no text of PostgreSQL can hold."""
    typed = text(scope, "query", query).encode(errors="ignore").decode().replace("\0", "")
    if len(typed) > LONGEST:
        raise ValueError(f"{scope.label}: a query has at most {LONGEST} characters, got {len(typed)}")
    return typed


def _parsed(typed: str, syntax: Syntax, config: SearchConfig) -> SearchQuery:
    if syntax == "prefix":
        return SearchQuery(_prefixed(typed), config=config, search_type="raw")
    return SearchQuery(_RULE.sub(" ", typed) if syntax == "websearch" else typed, config=config, search_type=syntax)


def _prefixed(typed: str) -> str:
    """Every word as a text in quotes, in which nothing is an operator; the last one may go on."""
    words = [f"'{word.translate(_QUOTED)}'" for word in typed.split()]
    return f"{' & '.join(words)}:*" if words else ""


def _weights(scope: Scope, weights: Sequence[float]) -> list[float]:
    listed: list[Any] = list(weights)
    if len(listed) != len("DCBA") or not all(isinstance(each, int | float) and 0 <= each <= 1 for each in listed):
        raise ValueError(
            f"{scope.label}: weights are four numbers from 0 to 1, those of D, C, B and A, got {weights!r}"
        )
    return [float(each) for each in listed]


def _configurations(scope: Scope, name: str) -> Iterator[tuple[Q | None, SearchConfig]]:
    """The configurations of a stored vector, read from the expression that makes it; conditions exclude each other."""
    field = None if name in scope.annotations else path_of(scope.model, name).field
    made: Any = cast("Any", field).expression if isinstance(field, GeneratedField) else scope.annotations.get(name)
    if (config := _made_with(made)) is not None:
        yield None, config
        return
    if not isinstance(made, Case) or any(_tested(each) is None for each in made.cases):
        raise ValueError(f"{scope.label}: {name!r} does not tell the configuration it was made with; pass language=...")
    way = name.rpartition(LOOKUP_SEP)[0]
    tested = [(_tested(each), _made_with(each.result)) for each in made.cases]
    values: list[Any] = []
    others: Q | None = None
    for (key, value), config in cast("list[tuple[tuple[str, Any], SearchConfig | None]]", tested):
        path = scope.path(f"{way}{LOOKUP_SEP}{key}" if way else key)
        values.append(value)
        if config is not None:
            yield Q((path, value)), config
        others = negated(scope, Q((f"{path}__in", values)))
    if (config := _made_with(cast("Any", made).default)) is not None:
        yield others, config


def _made_with(expression: Any) -> SearchConfig | None:
    known = isinstance(expression, SearchVector | CombinedSearchVector)
    return cast("Any", expression).config if known else None


def _tested(when: Any) -> tuple[str, Any] | None:
    """The field and value of a ``When`` that asks for equality."""
    children: Any = getattr(when.condition, "children", ())
    if len(children) != 1 or not isinstance(children[0], tuple) or when.condition.negated:
        return None
    name, value = cast("tuple[str, Any]", children[0])
    return None if LOOKUP_SEP in name or hasattr(value, "resolve_expression") else (name, value)
