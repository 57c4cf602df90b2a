"""Arguments of entries as text, from a command line or a form, turned into what the type hints of the entry say."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin
from uuid import UUID

from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime, parse_duration

from .registry import Entry, Parameter
from .running import plain


class ArgumentError(ValueError):
    """A text is no value of the type that a parameter has, or there is no such parameter."""


def convert(entry: Entry, texts: Mapping[str, str]) -> dict[str, Any]:
    """The arguments that ``texts`` (parameter = text) stand for; parameters that are not named keep their defaults.

    Lists are written with commas, or as JSON; an empty text is ``None``, an empty list or an empty text, whichever the
    type allows first. A row is written as its primary key.
    """
    known = {each.name: each for each in entry.parameters if not each.is_open}
    rest = next((each for each in entry.parameters if each.is_open), None)
    values: dict[str, Any] = {}
    for name, text in texts.items():
        if name in known:
            try:
                values[name] = _read(known[name].hint, text)
            except ArgumentError as error:
                raise ArgumentError(f"pattern {entry.number}: {name}: {error}") from error
        elif rest is not None:
            values[name] = _guessed(text)
        else:
            names = ", ".join(known) or "none"
            raise ArgumentError(f"pattern {entry.number}: {entry.name}() has no parameter {name!r}; there is {names}")
    return values


def as_text(value: Any) -> str:
    """The text that ``convert`` reads as ``value``: what a form shows as a default."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return json.dumps(plain(value), ensure_ascii=False)
    if isinstance(value, Iterable) and not isinstance(value, str):
        members = [as_text(member) for member in value]
        simple = all(member == member.strip() and member and not set(member) & set(',"[') for member in members)
        return ", ".join(members) if simple else json.dumps(plain(value), ensure_ascii=False)
    return str(plain(value))


def choices(parameter: Parameter) -> tuple[str, ...]:
    """The few values that a parameter may have, as text; none where it may have any."""
    hint = next((part for part in _alternatives(parameter.hint) if part is not NoneType), parameter.hint)
    if get_origin(hint) is Literal:
        return tuple(map(as_text, get_args(hint)))
    return ("true", "false") if hint is bool else ()


def _alternatives(hint: Any) -> tuple[Any, ...]:
    """The types of a union, ``None`` first: an empty text stands for it where it may."""
    parts = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
    return tuple(sorted(parts, key=lambda part: part is not NoneType))


def _read(hint: Any, text: str) -> Any:
    """``text`` as the first of the types in ``hint`` that it can be."""
    failures = []
    for alternative in _alternatives(hint):
        try:
            return _value(alternative, text)
        except ArgumentError as error:
            failures.append(str(error))
        except (ValueError, InvalidOperation):
            if alternative is not NoneType:
                failures.append(f"{text!r} is no {_name(alternative)}")
    raise ArgumentError(", ".join(failures))


def _value(hint: Any, text: str) -> Any:
    if hint in _READERS:
        return _READERS[hint](text)
    origin = get_origin(hint)
    if origin is Literal:
        return _one_of(get_args(hint), text)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _json(text, dict)
    if isinstance(origin, type) and issubclass(origin, Collection):
        return _members(get_args(hint)[0], text)
    if isinstance(hint, type) and issubclass(hint, models.Model):
        return _row(hint, text)
    return _guessed(text)


def _members(hint: Any, text: str) -> list[Any]:
    """A list; tuples and sets are taken by the patterns in the same places."""
    if text.strip().startswith("["):
        members = _json(text, list)
        return [each if each is None or hint is str is type(each) else _read(hint, as_text(each)) for each in members]
    return [_read(hint, part.strip()) for part in text.split(",")] if text.strip() else []


def _row(model: type[models.Model], text: str) -> models.Model:
    try:
        return model._default_manager.get(pk=text.strip())
    except (models.ObjectDoesNotExist, ValueError) as error:
        raise ArgumentError(f"there is no {model._meta.verbose_name} with the primary key {text!r}") from error


def _one_of(allowed: tuple[Any, ...], text: str) -> Any:
    for value in allowed:
        if as_text(value) == text.strip():
            return value
    raise ArgumentError(f"{text!r} is none of {', '.join(map(as_text, allowed))}")


def _nothing(text: str) -> None:
    if text.strip().lower() not in {"", "none"}:
        raise ValueError(text)


def _boolean(text: str) -> bool:
    words = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
    try:
        return words[text.strip().lower()]
    except KeyError:
        raise ArgumentError(f"{text!r} is neither true nor false") from None


def _moment(text: str) -> datetime:
    """A moment, in the current time zone where the text names none; a day alone is its midnight."""
    stripped = text.strip()
    found = parse_datetime(stripped)
    if found is None and (day := parse_date(stripped)):
        found = datetime(day.year, day.month, day.day)  # noqa: DTZ001 (made aware below)
    if found is None:
        raise ArgumentError(f"{text!r} is no date and time such as 2026-03-31T12:00+00:00")
    return timezone.make_aware(found) if timezone.is_naive(found) else found


def _day(text: str) -> date:
    if (found := parse_date(text.strip())) is None:
        raise ArgumentError(f"{text!r} is no date such as 2026-03-31")
    return found


def _duration(text: str) -> timedelta:
    if (found := parse_duration(text.strip())) is None:
        raise ArgumentError(f"{text!r} is no duration such as 1 12:30:00 (days hours:minutes:seconds)")
    return found


def _json(text: str, wanted: type[Any]) -> Any:
    found = json.loads(text)
    if not isinstance(found, wanted):
        raise ArgumentError(f"{text!r} is no JSON {_name(wanted)}")
    return found


def _guessed(text: str) -> Any:
    """JSON where it is some, else the text: for parameters that may be anything."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _name(hint: Any) -> str:
    words = {int: "whole number", float: "number", Decimal: "number", NoneType: "empty text", dict: "object"}
    return words.get(hint, getattr(hint, "__name__", str(hint)))


_READERS: Final[Mapping[Any, Callable[[str], Any]]] = {
    NoneType: _nothing,
    bool: _boolean,
    int: int,
    float: float,
    Decimal: Decimal,
    datetime: _moment,
    date: _day,
    timedelta: _duration,
    str: str,
    UUID: UUID,
    object: _guessed,
}
