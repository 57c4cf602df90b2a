"""What a method does to rows (its kinds), to which rows it applies (shapes), and the registry of both."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any, Final, Literal, TypeVar, cast, get_args

from ._types import SqlQuery
from .errors import WrongShape

Kind = Literal["filter", "annotation", "ordering", "selection", "grouping", "terminal", "write", "neutral"]
Shape = Literal["rows", "groups", "series", "values", "distinct", "combined", "sliced"]
Verdict = Literal["yes", "freeze", "no"]

KINDS: Final = cast("tuple[Kind, ...]", get_args(Kind))
SHAPES: Final = cast("tuple[Shape, ...]", get_args(Shape))

_ALL: Final[Mapping[Kind, Verdict]] = dict.fromkeys(KINDS, "yes")
_NONE: Final[Mapping[Kind, Verdict]] = {**dict.fromkeys(KINDS, "no"), "neutral": "yes"}

POSSIBLE: Final[Mapping[Shape, Mapping[Kind, Verdict]]] = {
    "rows": _ALL,
    # names other than keys and measures are refused by the scope, one by one
    "groups": {**_ALL, "selection": "no", "write": "no"},
    # rows that no row of the model stands behind: a period in which nothing happened, a subtotal
    "series": {**_NONE, "annotation": "yes", "ordering": "yes"},
    "values": _ALL,
    # rows that are distinct without their pk cannot be picked by it, and one more column would make more of them;
    # an order is by what is selected, for the same reason
    "distinct": {**_ALL, "selection": "no", "annotation": "no", "write": "no"},
    "combined": {**_NONE, "ordering": "yes"},
    # Django's own rule, but for those that can take the slice as it stands
    "sliced": {**_NONE, "grouping": "freeze", "selection": "freeze", "terminal": "freeze"},
}

_WHAT: Final[Mapping[Shape, str]] = {
    "rows": "rows",
    "groups": "groups, where filters, orderings and with_...() act on keys and measures",
    "series": "a finished series of groups, which takes windows over them (with_change, with_running, with_share, "
    "with_rank, with_previous), an order, a slice and count(); call the rest before it",
    "values": "values",
    "distinct": "distinct values without their primary key",
    "combined": "a union of querysets, which can be ordered, sliced and counted",
    "sliced": "a slice; call limited(n) in place of [:n], and the chain goes on",
}


def patterns_of(query: SqlQuery) -> Mapping[str, Any]:
    """What earlier methods of the chain left for later ones; never mutated, copied with the query."""
    found: Mapping[str, Any] = getattr(query, "patterns", {})
    return found


def group_keys(query: SqlQuery) -> tuple[str, ...] | None:
    """The keys of a grouped query, made by our groupings or by Django's ``values().annotate()``; None for others."""
    if query.default_cols:
        return None
    keys: tuple[str, ...] | None = patterns_of(query).get("groups")
    if keys is not None:
        return keys
    if isinstance(query.group_by, tuple) and (query.values_select or query.annotation_select):
        selected = query.annotation_select.items()
        keyed = (name for name, of in selected if not (of.contains_aggregate or of.contains_over_clause))
        return (*query.values_select, *keyed)
    return None


def shape_of(query: SqlQuery) -> Shape:
    """The shape of the rows of ``query``."""
    if query.combinator:
        return "combined"
    if query.is_sliced:
        return "sliced"
    if query.default_cols:
        return "rows"
    if group_keys(query) is not None:
        return "series" if patterns_of(query).get("series") else "groups"
    if query.distinct and not {"pk", _pk_name(query)} & set(query.values_select):
        return "distinct"
    return "values"


def _pk_name(query: SqlQuery) -> str:
    options = query.get_meta()
    return "pk" if options.pk is None else options.pk.name


F = TypeVar("F", bound=Callable[..., Any])


def kinds(*names: Kind, queryset_only: bool = False) -> Callable[[F], F]:
    """Record the kinds of a queryset method, which stays a plain function, and let it refuse the wrong shapes.

    A terminal or a grouping called on a slice takes the slice as a selection first, and so do all on rows of DISTINCT
    ON, which Django would let conditions and orders that come later choose anew, and a selection on rows that Django
    groups, as ``annotate(Count(...))`` has it; a ``write`` gets ``alters_data``. What is ``neutral`` takes all as they
    stand, a terminal that is about the statement among them.
    """

    def declare(method: F) -> F:
        @wraps(method)
        def guarded(self: Any, *args: Any, **kwargs: Any) -> Any:
            if "neutral" in names:
                return method(self, *args, **kwargs)
            query = self.query
            shape = shape_of(query)
            picks = "selection" in names and query.group_by is True  # which would group by the windows that pick
            if picks or (query.distinct_fields and shape in {"rows", "values"}):
                self = self._frozen()
            elif shape != "rows":
                if admits(shape, names) == "freeze":
                    self = self._frozen()
                    shape = shape_of(self.query)
                if admits(shape, names) == "no":
                    raise WrongShape(f"{self.model._meta.label}: {method.__name__}() does not apply to {_WHAT[shape]}")
            return method(self, *args, **kwargs)

        # an async twin calls the method that it is the twin of, which refuses for both
        declared: Any = method if inspect.iscoroutinefunction(method) else guarded
        declared.kinds = frozenset(names)
        if "write" in names:
            declared.alters_data = True
        if queryset_only:  # no method of the manager, where it would be about the whole table
            declared.queryset_only = True
        return cast("F", declared)

    return declare


def admits(shape: Shape, names: tuple[Kind, ...] | frozenset[Kind]) -> Verdict:
    """Whether a method of these kinds applies to rows of ``shape``: the strictest verdict of its kinds."""
    verdicts = {POSSIBLE[shape][name] for name in names}
    return "no" if "no" in verdicts else "freeze" if "freeze" in verdicts else "yes"


@dataclass(frozen=True, slots=True)
class Method:
    """One public method of the surface."""

    name: str
    kinds: frozenset[Kind]
    function: Callable[..., Any]
    home: str

    @property
    def is_chainable(self) -> bool:
        """Whether it returns a queryset."""
        return not self.kinds & {"terminal", "write"}


@cache
def methods(queryset_class: type[Any]) -> Mapping[str, Method]:
    """The registry: every public pattern method of a queryset class, by name."""
    found: dict[str, Method] = {}
    for owner in reversed(queryset_class.__mro__):
        for name, function in vars(owner).items():
            if hasattr(function, "kinds"):
                found[name] = Method(name, function.kinds, function, owner.__name__)
    return dict(sorted(found.items()))
