"""The fields of what expressions give: each is made once, for all expressions that give no model's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BigIntegerField,
    BooleanField,
    DateTimeField,
    DecimalField,
    FloatField,
    IntegerField,
    JSONField,
    TextField,
)

if TYPE_CHECKING:
    _Decimal = DecimalField[Any, Any]
else:
    _Decimal = DecimalField


class Numeric(_Decimal):
    """A Decimal of any precision, for which Django 5.2 has no type to cast to."""

    def db_type(self, connection: Any) -> str:
        """``numeric``, without numbers of digits."""
        return "numeric"

    cast_db_type = db_type


BOOLEAN: Final = cast("Any", BooleanField())
INTEGER: Final = cast("Any", IntegerField())
WHOLE: Final = cast("Any", BigIntegerField())
FLOAT: Final = cast("Any", FloatField())
DECIMAL: Final = cast("Any", Numeric())
MOMENT: Final = cast("Any", DateTimeField())
TEXT: Final = cast("Any", TextField())
TEXTS: Final = cast("Any", ArrayField(TextField()))
JSON: Final = cast("Any", JSONField())
