"""Rows of a caller as values that the columns of a table can hold, each looked at before it is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import chain, islice, repeat
from typing import Any, Final, cast
from uuid import UUID

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import DateField, DateTimeField, Field, ForeignKey, JSONField, Model, TimeField
from django.db.models.expressions import DatabaseDefault

from querysets._types import meta
from querysets.errors import UnknownField, WrongShape
from querysets.roles import did_you_mean
from querysets.scope import Scope
from querysets.sql.subqueries.columns import by_database, default_of, value_of
from querysets.sql.values import names

from .arrays import fits
from .json.documents import dumped

Values = tuple[Any, ...]
Convert = Callable[[Any], Any]

_PLAIN: Final[Mapping[str, type[Any]]] = {
    **dict.fromkeys(("CharField", "TextField", "SlugField"), str),
    **dict.fromkeys(("SmallIntegerField", "IntegerField", "BigIntegerField"), int),
    **dict.fromkeys(("SmallAutoField", "AutoField", "BigAutoField"), int),
    "BooleanField": bool,
    "FloatField": float,
    "DecimalField": Decimal,
    "DateTimeField": datetime,
    "UUIDField": UUID,
}
"""Kind of a field = the Python type whose values are sure to be of that kind."""

_OWN: Final[set[Any]] = {vars(kind)["pre_save"] for kind in (Field, DateField, DateTimeField, TimeField)}
"""What fields of Django do before they are saved that look at nothing but themselves."""


class Incoming:
    """Rows of a caller, read once, as tuples of what the driver takes for ``columns``.

    The first row says which columns are ``given``; all others give the same. Columns that it does not give have the
    defaults of the model, but for what the database fills in.
    """

    def __init__(self, scope: Scope, rows: Any, connection: Any, fields: Any = None) -> None:
        self.scope = scope
        self.model: Any = meta(scope.model).concrete_model
        if meta(self.model).parents:
            raise WrongShape(f"{scope.label}: the columns of {meta(self.model).label} stand in several tables")
        if isinstance(rows, str | bytes | Mapping | Model) or not isinstance(rows, Iterable):
            raise TypeError(f"{scope.label} needs rows, each a dict or an instance, got {rows!r}")
        found: Iterator[Any] = iter(cast("Any", rows))
        first = list(islice(found, 1))
        self.is_empty = not first
        self._rows = enumerate(chain(first, found))
        self._names = None if fields is None else names(scope, "fields", fields)
        self.given: Sequence[Any] = [] if self._names is None else columns(scope, self._names)
        self.columns: Sequence[Any] = self.given
        self._saved: Sequence[Any] = ()
        """Columns whose values are those of an instance."""
        if first:
            self._read = self._reader(first[0])
            self._convert = [self._conversion(field, connection) for field in self.columns]

    def __iter__(self) -> Iterator[Values]:
        """The rows, one after the other; an error names the row, counted from 0, and the field."""
        label = f"{self.scope.label}: "
        for place, row in self._rows:
            try:
                read = chain(self._read(row), repeat(None))
                values = tuple([convert(value) for convert, value in zip(self._convert, read, strict=False)])
            except (TypeError, ValueError) as error:
                kind = TypeError if isinstance(error, TypeError) else ValueError
                raise kind(f"{label}rows[{place}]: {str(error).removeprefix(label)}") from error
            yield values

    def _reader(self, row: Any) -> Callable[[Any], Sequence[Any]]:
        """What reads the values of rows like this one, which is the first; settles ``given`` and ``columns``."""
        scope, known, label = self.scope, self._names, meta(self.model).label
        if isinstance(row, self.model):
            self.given = [field for field in _loaded(row) if known is None or field in self.given]
            self.columns, self._saved = [*self.given, *self._rest()], self.given
            return self._of_instance
        if isinstance(row, Mapping):
            known = tuple(cast("Mapping[str, Any]", row)) if known is None else known
            self.given, read = columns(scope, known), self._of_mapping(known)
        elif isinstance(row, list | tuple) and known is not None:
            read = self._of_sequence(len(known))
        else:
            unnamed = "; what a tuple holds is said by fields=..." if isinstance(row, list | tuple) else ""
            raise TypeError(f"{scope.label}: rows[0] must be a dict or an instance of {label}, got {row!r}{unnamed}")
        if not self.given:
            raise ValueError(f"{scope.label}: rows[0] gives no column")
        self.columns = [*self.given, *self._rest()]
        if all(_is_own(field) for field in self.columns):
            return read
        self._saved = self.columns  # a field of the user's own may look at the whole instance
        attributes = [field.attname for field in self.given]
        return lambda row: self._of_instance(self.model(**dict(zip(attributes, read(row), strict=True))))

    def _rest(self) -> Iterator[Any]:
        """The columns that are not given and that Django fills in."""
        blank = self.model()
        for field in meta(self.model).concrete_fields:
            if field in self.given or field.generated or by_database(field):
                continue
            if not _is_own(field) or default_of(self.scope, field, blank) is not None:
                yield field

    def _of_mapping(self, known: Sequence[str]) -> Callable[[Any], Sequence[Any]]:
        wanted, open_ended = set(known), self._names is not None

        def read(row: Any) -> Sequence[Any]:
            if not isinstance(row, Mapping):
                raise TypeError(f"a dict is needed, as rows[0] is, got {row!r}")
            given = cast("Mapping[str, Any]", row)
            if set(given) != wanted and not (open_ended and given.keys() >= wanted):
                less = sorted(map(repr, wanted - given.keys()))
                more = [] if open_ended else sorted(map(repr, given.keys() - wanted))
                told = [f"{what} {', '.join(which)}" for what, which in (("lacks", less), ("has also", more)) if which]
                raise ValueError(f"all rows give the same columns, and this one {' and '.join(told)}")
            return [given[name] for name in known]

        return read

    def _of_sequence(self, length: int) -> Callable[[Any], Sequence[Any]]:
        def read(row: Any) -> Sequence[Any]:
            if not isinstance(row, list | tuple):
                raise TypeError(f"a tuple is needed, as rows[0] is, got {row!r}")
            values = cast("Sequence[Any]", row)
            if len(values) != length:
                raise ValueError(f"{length} values are needed, one for each of fields, got {len(values)}")
            return values

        return read

    def _of_instance(self, row: Any) -> Sequence[Any]:
        if not isinstance(row, self.model):
            raise TypeError(f"an instance of {meta(self.model).label} is needed, as rows[0] is, got {row!r}")
        loaded: set[Any] = {*_loaded(row)}
        if any(field not in loaded for field in self.given):
            lacking = ", ".join(repr(field.name) for field in self.given if field not in loaded)
            raise ValueError(f"all rows give the same columns, and this one lacks {lacking}")
        row._prepare_related_fields_for_save(operation_name=self.scope.method)  # noqa: SLF001 (as bulk_create does)
        return [field.pre_save(row, add=True) for field in self._saved]

    def _conversion(self, field: Any, connection: Any) -> Convert:
        """What makes a value of a row ready; of a column that is not read, what gives one."""
        convert = converter(self.scope, field, connection)
        now = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
        if field in self._saved or (field in self.given and not now):
            return convert
        if callable(field.default) and not now:
            return lambda _: convert(field.get_default())
        always = convert(field.pre_save(self.model(), add=True))
        return lambda _: always


def columns(scope: Scope, given: Sequence[Any]) -> list[Any]:
    """The fields of these names, each a column that can be written, no one twice."""
    options = meta(meta(scope.model).concrete_model)
    found: list[Any] = []
    for name in given:
        try:
            field = options.get_field(options.pk.name if name == "pk" else name)
        except FieldDoesNotExist:
            known = [each.name for each in options.concrete_fields]
            raise UnknownField(
                f"{scope.label}: {options.label} has no field {name!r}{did_you_mean(str(name), known)}"
            ) from None
        if not getattr(field, "concrete", False) or field.many_to_many or field.generated:
            raise ValueError(f"{scope.label}: {name!r} of {options.label} is no column that can be written")
        if field in found:
            raise ValueError(f"{scope.label}: {field.name} is given twice")
        found.append(field)
    return found


def _is_own(field: Any) -> bool:
    """Whether the field looks at nothing but itself before it is saved."""
    return cast("Any", type(field)).pre_save in _OWN


def _loaded(row: Any) -> list[Any]:
    """The columns that an instance has a value for; the key of a new one is the database's to make."""
    values = row.__dict__
    return [
        field
        for field in meta(row).concrete_fields
        if field.attname in values
        and not field.generated
        and not isinstance(values[field.attname], DatabaseDefault)
        and not (field.primary_key and values[field.attname] is None)
    ]


def converter(scope: Scope, field: Any, connection: Any) -> Convert:
    """What turns a value for ``field`` into what the driver sends, or says why the column cannot hold it."""
    target = field
    while isinstance(target, ForeignKey):
        target = cast("Any", target.target_field)
    plain = _PLAIN.get(target.get_internal_type())
    is_document, wide = isinstance(target, JSONField), getattr(target, "dimensions", None)

    def convert(value: Any) -> Any:
        if type(value) is not plain or (plain is datetime and value.tzinfo is None):
            if hasattr(value, "resolve_expression"):
                raise TypeError(f"{field.name} must be a plain value, got an expression, {value!r}")
            if isinstance(value, str) and isinstance(target, DateField):
                value = _read(target, field.name, value)
            value = value_of(scope, field, value).value
            if value is None:
                return None
            if wide is not None and hasattr(value, "__len__") and not isinstance(value, str) and len(value) != wide:
                raise ValueError(f"{field.name} holds {wide} numbers, got {len(value)}")
        try:
            sent = dumped(scope, value, target) if is_document else target.get_db_prep_save(value, connection)
        except ValidationError as error:
            raise ValueError(f"{field.name} cannot be {value!r}: {error}") from None
        if not holds(target, sent):
            raise ValueError(f"{field.name} cannot hold {value!r}")
        return sent

    return convert


def _read(target: Any, name: str, text: str) -> Any:
    """The date or moment that a text names."""
    try:
        return target.to_python(text)
    except ValidationError as error:
        raise ValueError(f"{name} cannot be {text!r}: {error}") from None


def holds(target: Any, value: Any) -> bool:
    """Whether PostgreSQL finds ``value`` neither too long nor too large for a column of this kind."""
    if isinstance(value, Decimal) and getattr(target, "max_digits", None) is not None:
        whole, places = int(target.max_digits - target.decimal_places), int(target.decimal_places)
        return value.is_finite() and round(value, places).adjusted() < whole
    if isinstance(value, list):
        of, elements = getattr(target, "base_field", target), cast("Sequence[Any]", value)
        return all(each is None or holds(of, each) for each in elements)
    return not isinstance(value, str | int) or fits(target, value)
