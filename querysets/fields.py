"""Columns that patterns need and Django does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Func

END: Final = 2**64

if TYPE_CHECKING:
    _Field = models.Field[int, int]
else:
    _Field = models.Field


class CurrentTransaction(Func):
    """The id of the transaction that the statement is part of, which it gets if it has none yet."""

    function = "pg_current_xact_id"
    arity = 0


class XidField(_Field):
    """The transaction that has inserted the row: a column of type ``xid8``, which the database fills.

    The one column by which readers can follow a table without losing what commits late: see ``settled()``. An update
    of the row leaves it alone. The numbers belong to one server: rows that are restored to another, whose transactions
    count from lower, are seen only when it gets there.

    Examples
    --------
    >>> tx = XidField()
    """

    description = "The id of a transaction (xid8)"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("db_default", CurrentTransaction())
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Without what is so by itself."""
        name, path, args, kwargs = super().deconstruct()
        if isinstance(kwargs.get("db_default"), CurrentTransaction):
            del kwargs["db_default"]
        if kwargs.get("editable") is False:
            del kwargs["editable"]
        return name, path, args, kwargs

    def db_type(self, connection: Any) -> str:  # noqa: ARG002 (the signature is Django's)
        """PostgreSQL's 64-bit transaction ids, which do not wrap around."""
        return "xid8"

    def from_db_value(self, value: Any, *_: Any) -> int | None:
        """The driver knows no such type, and gives a text."""
        return None if value is None else int(value)

    def to_python(self, value: Any) -> int | None:
        """A whole number of 64 bits without sign."""
        if value is None:
            return None
        try:
            number = int(value)
        except (TypeError, ValueError):
            number = -1
        if isinstance(value, bool | float) or not 0 <= number < END:
            raise ValidationError(f"{value!r} is no transaction id, a whole number of 64 bits", code="invalid")
        return number

    def get_prep_value(self, value: Any) -> Any:
        """A text: there is no cast from a number."""
        value = super().get_prep_value(value)
        if value is None or hasattr(value, "resolve_expression"):
            return value
        try:
            return str(self.to_python(value))
        except ValidationError as error:
            raise ValueError(error.messages[0]) from None
