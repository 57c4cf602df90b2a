"""Values that a whole table gives its rows, whatever rows the chain has: columns of a derived table beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Model
from django.db.models.expressions import Expression
from django.db.models.sql.constants import LOUTER

from querysets._types import SqlQuery
from querysets.sql.derived import DerivedCol, DerivedJoin, single_key


class Everywhere(Expression):
    """One of the values that ``inner`` computes for each row of its table; NULL for a row that it does not have."""

    def __init__(self, inner: SqlQuery, names: tuple[str, ...], name: str) -> None:
        super().__init__()
        self.inner, self.names, self.name = inner, names, name

    def resolve_expression(self, query: Any = None, *_: Any, **__: Any) -> Any:
        pk = single_key(query)
        join = DerivedJoin(self.inner, (pk.column, *self.names), query.get_initial_alias(), pk.column, LOUTER)
        return DerivedCol(query.join(join), self.name, self.inner.annotations[self.name].output_field)


def everywhere(model: type[Model], windows: Mapping[str, Any]) -> dict[str, Everywhere]:
    """``windows`` over all rows of the default manager of ``model``, computed once, to annotate other rows with."""
    rows = model._default_manager.order_by().annotate(**windows).values("pk", *windows)
    return {name: Everywhere(rows.query, tuple(windows), name) for name in windows}
