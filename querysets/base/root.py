"""The machinery below every method: conditions, annotations, orders, selections, combinations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self, cast

from django.db.models import Q, QuerySet, Window
from django.db.models.sql import Query

from querysets._types import M, Row, SqlQuery
from querysets.conditions import Cond, all_of
from querysets.errors import AliasClash, WrongShape
from querysets.execution import merged
from querysets.kinds import group_keys, patterns_of, shape_of
from querysets.scope import Scope
from querysets.sql.aggregates.everywhere import everywhere
from querysets.sql.derived import beneath, is_locked, picking, select
from querysets.sql.measures import is_measure
from querysets.sql.ordering import name_of, order_terms
from querysets.sql.settled import settled
from querysets.sql.values import one_of

if TYPE_CHECKING:
    from django.db.models.expressions import Combinable

    from querysets.queryset import PatternQuerySet


class Root(QuerySet[M, Row]):
    """A queryset that mixins extend. It has no methods of its own to chain."""

    # ``Any`` on purpose: it stops the django-stubs plugin from generating one ``as_manager`` per mixin, which clash as
    # soon as two mixins are combined.
    @classmethod
    def as_manager(cls, **roles: Any) -> Any:
        """A manager with the methods of this class; its keywords are those of ``PatternManager``."""
        from querysets.managers import PatternManager

        made: Any = PatternManager.from_queryset
        return made(cls)(**roles)

    as_manager.queryset_only = True  # type: ignore[attr-defined]  # pyright: ignore[reportFunctionMemberAccess]

    if TYPE_CHECKING:  # keep the surface after values(): the stubs return a bare QuerySet

        def values(self, *fields: str | Combinable, **expressions: Any) -> PatternQuerySet[M, dict[str, Any]]:
            """Django's, with the surface."""
            ...

        def values_list(
            self, *fields: str | Combinable, flat: bool = False, named: bool = False
        ) -> PatternQuerySet[M, Any]:
            """Django's, with the surface."""
            ...

        def _chain(self) -> Self:
            """Django's, which the stubs leave out."""
            ...

    def _scope(self, method: str) -> Scope:
        """Where the arguments of ``method`` are resolved."""
        return Scope(self.model, self.query, method)

    def _row_scope(self, method: str) -> Scope:
        """The same for what is about the rows and their annotations, also where they are grouped by now."""
        return Scope(self.model, _rows_of(self.query), method)

    def _where(self, body: Callable[..., Q], *args: Any, **kwargs: Any) -> Self:
        """The rows that the condition ``body(scope, ...)`` holds for; the body has the name of its method.

        A condition on a window's value fixes the values first: in a plain WHERE it would slip inside the window.
        """
        scope = self._scope(body.__name__)
        q = body(scope, *args, **kwargs)
        rows = self._frozen() if scope.windows else self
        if q.negated or q.connector != Q.AND:
            return rows.filter(q)
        return rows.filter(*q.children)  # as written by hand: one level less to walk

    def _with(self, alias: str, expression: Any, recipe: tuple[Any, ...]) -> Self:
        """Each row with ``expression`` as ``alias``; ``recipe`` (method and arguments) tells it from another."""
        made = patterns_of(self.query).get("made", {})
        if alias in self.query.annotations and alias in made:
            if made[alias] == recipe:
                return self._chain()
            raise AliasClash(
                f"{self.model._meta.label}: {recipe[0]}() and an earlier {made[alias][0]}() both make {alias!r}; "
                "pass as_=..."
            )
        scope = self._scope(recipe[0])
        scope.alias(alias)
        if patterns_of(self.query).get("settled"):
            self._take_windows_only(scope, expression)
        rows = self
        if (self.query.distinct or is_locked(self.query)) and _has_window(expression):
            # it would be computed before DISTINCT, over rows that it drops; and what windows are over, cannot be locked
            rows = self._frozen() if self.query.distinct else self._beneath()
        return rows.annotate(**{alias: expression})._noted(made={**made, alias: recipe})

    def _gained(self, scope: Scope, values: Mapping[str, Any], recipe: tuple[Any, ...]) -> Self:
        """Each row with ``values`` that look into subqueries, where no window may stand: those they name are fixed."""
        rows = self._frozen() if scope.windows else self
        for alias, value in values.items():
            rows = rows._with(alias, value, (scope.method, alias, *recipe))
        return rows

    def _beside(
        self, over: str, recipe: tuple[Any, ...], aliases: Mapping[str, Any], made: Callable[[Scope, Any], Any]
    ) -> Self:
        """Each row with the window that ``made`` makes of what each alias stands for.

        Over the chain; or over the whole table, which is that of the model's default manager, so that what it gives
        hangs on the row alone.
        """
        scope, everything = self._scope(recipe[0]), over == "all"
        one_of(scope, "over", over, ("chain", "all"))
        if everything and group_keys(self.query) is not None:
            raise WrongShape(f"{scope.label} over='all' looks at rows, and these are grouped")
        scope = Scope(self.model, Query(self.model), recipe[0]) if everything else scope
        windows = {alias: made(scope, what) for alias, what in aliases.items()}
        rows = self._chain()
        for alias, expression in (everywhere(self.model, windows) if everything else windows).items():
            rows = rows._with(alias, expression, (*recipe, aliases[alias]))
        return rows

    def _take_windows_only(self, scope: Scope, expression: Any) -> None:
        """Refuse what would be measured anew: behind the groups of a derived table there are no rows any more."""
        refused = is_measure(expression)  # which may name what only rows have
        if not refused and shape_of(self.query) == "series":
            refused = not expression.resolve_expression(self.query.clone()).contains_over_clause
        if refused:
            raise WrongShape(
                f"{scope.label}: these groups are finished and take windows over them (with_change, with_running, "
                "with_share, with_rank, with_previous), but no further measures; measure before them"
            )

    def _ordered(self, method: str, keys: Sequence[str]) -> Self:
        """The rows by ``keys``, in place of the order so far."""
        return self.order_by(*order_terms(self._scope(method), keys))

    def _selected(self, inner: Query, *made: str) -> Self:
        """The rows of ``inner``, which is ``picking(self.query)``, narrowed; all else of the chain stays.

        Annotations named in ``made`` take the values that ``inner`` selects after those that it carries.
        """
        chosen = self._chain()
        select(chosen.query, inner, *made)
        return chosen

    def _frozen(self) -> Self:
        """The same rows as a selection: what multiplied, ranked or sliced them is settled."""
        if group_keys(self.query) is not None:
            fixed = self._chain()
            fixed.query = settled(self.query)
            return fixed
        return self._selected(picking(self.query))

    def _target(self) -> str:
        """The database that is written."""
        self._for_write = True
        self._result_cache = None
        return self.db

    def _beneath(self) -> Self:
        """The same rows; if they are locked, beneath what is about to be computed over them."""
        over = self._chain()
        over.query = beneath(self.query)
        return over

    def _noted(self, **notes: Any) -> Self:
        """Leave notes for later methods of the chain."""
        noted = self._chain()
        query: SqlQuery = noted.query
        query.patterns = {**patterns_of(query), **notes}
        return noted

    def _resolved(self, method: str, *conditions: Cond) -> Q:
        """``conditions`` that must all hold for a row, for use inside an expression."""
        return all_of(self._row_scope(method), *conditions)

    def __and__(self, other: QuerySet[Any, Any]) -> Self:
        return self._combined(other, "__and__")

    def __or__(self, other: QuerySet[Any, Any]) -> Self:
        return self._combined(other, "__or__")

    def __xor__(self, other: QuerySet[Any, Any]) -> Self:
        return self._combined(other, "__xor__")

    def _combinator_query(self, combinator: str, *others: Any, all: bool = False) -> Self:  # noqa: A002 (Django's)
        """Django's union and the like, whose branches cannot be locked themselves."""
        rest: list[Any] = [each._beneath() if isinstance(each, Root) else each for each in others]
        django: Any = super(Root, self._beneath())
        return cast("Self", django._combinator_query(combinator, *rest, all=all))  # noqa: SLF001

    def _locked(self, by: SqlQuery) -> Self:
        """The rows, locked as those of another query, or as is said there."""
        locked = self.select_for_update(
            skip_locked=by.select_for_update_skip_locked,
            nowait=by.select_for_update_nowait,
            no_key=by.select_for_no_key_update,
        )
        return locked._noted(locked=True)

    def _combined(self, other: QuerySet[Any, Any], operator: str) -> Self:
        left: Any = self
        right: Any = other
        for side in (left, right):
            if group_keys(side.query) is not None:
                raise WrongShape(
                    f"{self.model._meta.label}: groups cannot be combined by & | ^; combine rows, then group"
                )
        if left.query.is_sliced:
            left = left._frozen()
        if right.query.is_sliced:
            right = right._chain()
            select(right.query, picking(other.query))
        combined: Any = getattr(super(Root, left), operator)(right)
        if combined is left or combined is right:  # Django returns the other side itself where one side is empty
            combined = combined._chain()
            combined.__class__ = type(left)
        elif {name_of(term) for term in right.query.order_by} & (
            right.query.annotations.keys() - combined.query.annotations.keys()
        ):  # Django takes the order of the right side, but not what it is by
            combined.query.order_by = left.query.order_by
        for side in (left, right):
            if is_locked(side.query):
                combined = combined._locked(side.query)
        if settings := merged([left.query, right.query]):
            combined.query.settings = settings
        return cast("Self", combined)


def _rows_of(query: SqlQuery) -> SqlQuery:
    """``query`` before its rows were grouped, as far as names go."""
    if group_keys(query) is None:
        return query
    rows: SqlQuery = Query(query.model)
    if not patterns_of(query).get("settled"):  # behind groups that are settled there are no rows any more
        own = {name: of for name, of in query.annotations.items() if not of.contains_aggregate}
        rows.annotations = {name: of for name, of in own.items() if not of.contains_over_clause}
    return rows


def _has_window(expression: Any) -> bool:
    """Whether there is a window in an expression, which is not resolved yet."""
    sources: list[Any] = getattr(expression, "get_source_expressions", list)()
    return isinstance(expression, Window) or any(map(_has_window, sources))
