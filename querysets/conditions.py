"""The algebra of conditions: recorded first, resolved on whichever model they land, NULL-safe under ``~``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any, Concatenate, ParamSpec, Self, TypeAlias, cast

from django.db.models import Exists, OuterRef, Q
from django.db.models.expressions import BaseExpression, Combinable, F
from django.db.models.lookups import Lookup

from .errors import UnknownField
from .scope import Scope, crosses_to_many, names_in
from .sql.expressions import IsNotTrue, Never

A = ParamSpec("A")
Cond: TypeAlias = "Condition | Q | Combinable | Lookup[Any]"
"""What a method takes as a condition: ``P.name(...)``, a ``Q``, or a boolean expression."""

NOTHING = Q(Never())
"""The condition that no row fulfils; Django answers it without asking the database."""


class Condition:
    """A condition as a value; ``|``, ``&`` and ``~`` combine it with others, with ``Q`` and boolean expressions.

    Django takes it wherever it takes a ``Q``: in ``filter()``, in ``When``, in the ``filter=`` of an aggregate.
    """

    __slots__ = ()
    conditional = True  # what Django asks of those that it takes, and that Q() asks before it combines itself with them

    def resolve(self, scope: Scope) -> Q:
        """The condition as a ``Q`` on the model of ``scope``."""
        raise NotImplementedError

    def resolve_expression(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        """What Django makes of it in ``query``."""
        return self.resolve(Scope(query.model, query, "filter")).resolve_expression(query, *args, **kwargs)

    def copy(self) -> Self:
        """Itself: it never changes."""
        return self

    def __or__(self, other: Cond) -> Condition:
        return _Any((self, other))

    def __ror__(self, other: Cond) -> Condition:
        return _Any((other, self))

    def __and__(self, other: Cond) -> Condition:
        return _All((self, other))

    def __rand__(self, other: Cond) -> Condition:
        return _All((other, self))

    def __invert__(self) -> Condition:
        return _Not(self)


@dataclass(frozen=True, slots=True)
class _Any(Condition):
    conditions: tuple[Cond, ...]

    def resolve(self, scope: Scope) -> Q:
        return any_of(scope, *self.conditions)


@dataclass(frozen=True, slots=True)
class _All(Condition):
    conditions: tuple[Cond, ...]

    def resolve(self, scope: Scope) -> Q:
        return all_of(scope, *self.conditions)


@dataclass(frozen=True, slots=True)
class _Not(Condition):
    condition: Cond

    def resolve(self, scope: Scope) -> Q:
        return negated(scope, resolve(scope, self.condition))


@dataclass(frozen=True, slots=True)
class Recorded(Condition):
    """The body of a filter with its arguments."""

    body: Callable[..., Q]
    args: tuple[Any, ...]
    kwargs: tuple[tuple[str, Any], ...]

    def __hash__(self) -> int:
        return hash(self.body)  # arguments may be lists

    def resolve(self, scope: Scope) -> Q:
        """What the body makes of the model."""
        return self.body(scope.named(self.body.__name__), *self.args, **dict(self.kwargs))


class Recorder:
    """Stands in for a queryset while a filter method runs, and keeps what it would have filtered by."""

    def __init__(self, method: str, conditions: tuple[Cond, ...] = ()) -> None:
        self.method, self.conditions = method, conditions

    def _where(self, body: Callable[..., Q], *args: Any, **kwargs: Any) -> Recorder:
        return self._and(Recorded(body, args, tuple(kwargs.items())))

    def _and(self, condition: Cond) -> Recorder:
        return Recorder(self.method, (*self.conditions, condition))

    def filter(self, *conditions: Any, **lookups: Any) -> Recorder:
        """As Django's: a user's own filter may call it."""
        return self._and(Q(*conditions, **lookups))

    def exclude(self, *conditions: Any, **lookups: Any) -> Recorder:
        """As Django's."""
        return self._and(~Q(*conditions, **lookups))

    def all(self) -> Recorder:
        """As Django's."""
        return self

    def _noted(self, **_notes: Any) -> Recorder:
        return self  # notes are for later methods of a chain, and a condition has none

    def _walked(self, *_columns: Any) -> Recorder:
        return self  # what a walk says of its rows is theirs; a condition is only whether it comes by

    def __getattr__(self, name: str) -> Any:
        from .queryset import PatternQuerySet

        function = getattr(PatternQuerySet, name, None)
        if "filter" not in getattr(function, "kinds", ()):
            raise TypeError(f"{self.method}() is used as a condition, so it may only filter: {name}() does more")
        return partial(cast("Any", function).__wrapped__, self)


def as_condition(method: Callable[Concatenate[Any, A], Any]) -> Callable[A, Condition]:
    """A queryset's filter method as a function that returns the condition alone.

    Examples
    --------
    >>> featured = as_condition(lambda self, least: self.at_least(rating=least))
    >>> _ = Post.objects.any_of(featured(4), P.tagged("asyncio"))
    """
    function = cast("Any", getattr(method, "__wrapped__", method))

    def record(*args: A.args, **kwargs: A.kwargs) -> Condition:
        recorded = function(Recorder(function.__name__), *args, **kwargs).conditions
        return cast("Condition", recorded[0]) if len(recorded) == 1 else _All(recorded)

    record.__name__, record.__doc__ = function.__name__, function.__doc__
    return record


condition = as_condition
"""The same under the name that reads well for one's own methods: ``featured = condition(NoteQuerySet.featured)``."""


def resolve(scope: Scope, condition: Cond) -> Q:
    """``condition`` as a ``Q`` that never multiplies the rows of ``scope``."""
    if isinstance(condition, Condition):
        return condition.resolve(scope)
    scope.mention(condition)
    if isinstance(condition, Q):
        return _without_joins(scope, condition)
    if getattr(condition, "conditional", False) or isinstance(condition, F):
        return _without_joins(scope, Q(condition))
    raise TypeError(f"{scope.label}: a condition is P.name(...), Q or a boolean expression, got {condition!r}")


def any_of(scope: Scope, *conditions: Cond) -> Q:
    """At least one of ``conditions`` holds."""
    found = [_wrapped(resolve(scope, each)) for each in conditions]
    return reduce(lambda one, other: one | other, found) if found else NOTHING


def all_of(scope: Scope, *conditions: Cond) -> Q:
    """All of ``conditions`` hold."""
    return reduce(lambda one, other: one & other, (resolve(scope, each) for each in conditions), Q())


def none_of(scope: Scope, *conditions: Cond) -> Q:
    """None of ``conditions`` holds: the exact complement of ``any_of``."""
    return all_of(scope, *(negated(scope, resolve(scope, each)) for each in conditions))


def negated(scope: Scope, q: Q) -> Q:
    """The rows that ``q`` does not hold for, those for which it is NULL included."""
    if not q.children:
        return NOTHING if not q.negated else Q()
    if q.negated:
        return Q(IsNotTrue(q))
    parts = [_negated_leaf(scope, child) for child in q.children]
    return Q(*parts, _connector=Q.AND if q.connector == Q.OR else Q.OR) if q.connector != Q.XOR else Q(IsNotTrue(q))


def _negated_leaf(scope: Scope, child: Any) -> Any:
    if isinstance(child, Q):
        return negated(scope, child)
    if isinstance(child, IsNotTrue):
        return child.condition
    if isinstance(child, Exists | Never):
        return ~Q(child) if isinstance(child, Never) else ~child
    if isinstance(child, tuple) and _never_null(scope, *cast("tuple[str, Any]", child)):
        return ~Q(child)
    return IsNotTrue(child if isinstance(child, Q) else Q(child))


def _never_null(scope: Scope, lookup: str, value: Any) -> bool:
    """Whether a lookup is true or false, never unknown: a column that cannot be NULL against a plain value."""
    path, _, kind = lookup.rpartition("__")
    if kind == "isnull":
        return True
    if isinstance(value, BaseExpression | Combinable) or value is None:
        return False
    path = path if kind in {"exact", "in", "gt", "gte", "lt", "lte", "range"} else lookup
    try:
        return path not in scope.annotations and not scope.nullable(path)
    except UnknownField:  # a lookup of the user's own Q that is no plain path: the safe form
        return False


def _wrapped(q: Q) -> Q:
    """``Q() | x`` is ``x`` for Django; a condition that restricts nothing must make the whole of it true."""
    return q or ~NOTHING


def _without_joins(scope: Scope, q: Q) -> Q:
    """A raw ``Q``, as an EXISTS on its own if it crosses a to-many relation."""
    if not any(crosses_to_many(scope.model, name) for name in names_in(q)):
        return q
    rows = scope.model._base_manager.filter(_one_deeper(q), pk=OuterRef(scope.path("pk")))
    return Q(Exists(rows))


def _one_deeper(raw: Any) -> Any:
    """A ``Q`` or an expression for a subquery of its own, from which the row outside is one row further."""
    if isinstance(raw, OuterRef):
        return OuterRef(cast("Any", raw))
    if isinstance(raw, Q):
        moved = [
            (each[0], _one_deeper(each[1])) if isinstance(each, tuple) else _one_deeper(each) for each in raw.children
        ]
        return Q(*moved, _connector=raw.connector, _negated=raw.negated)
    if isinstance(raw, BaseExpression | Lookup) and (sources := raw.get_source_expressions()):
        copied = cast("Any", raw).copy()
        copied.set_source_expressions([_one_deeper(each) for each in sources])
        return copied
    return cast("Any", raw)
