"""Bodies of the conditions on texts.

In any case means: equal once PostgreSQL's ``UPPER`` is applied to both sides, here as in Django's ``icontains``.
``ILIKE`` would change the case of its pattern again for every row: on 220,000 short titles a term of 100,000 characters
keeps it busy for more than a minute, and ``UPPER``, which is worked out once, for 0.3 s.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal, cast

from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, CharField, F, FileField, FilePathField, Func, JSONField, Q, TextField, Value
from django.db.models.functions import Length, Lower, Upper
from django.db.models.lookups import Exact, GreaterThanOrEqual, In, IRegex, LessThanOrEqual, Regex

from querysets.conditions import NOTHING, negated
from querysets.roles import require
from querysets.scope import Scope
from querysets.sql.expressions import SplitPart
from querysets.sql.values import counted, one_of, storable, text

from .regex import checked

Mode = Literal["contains", "words", "word", "exact"]

WORDS: Final = 100  # each is a condition on every field
WORD_LENGTH: Final = 1000  # PostgreSQL refuses a regular expression of 100,000 letters
STARS: Final = 100  # LIKE goes one call deeper for each, and the server's stack ends
LONGEST: Final = 2**30  # no text has more characters; what is larger would not fit the type of a length

_TEXTS = (CharField, TextField, FileField, FilePathField)
_LITERAL = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})
_GLOB = _LITERAL | str.maketrans({"*": "%", "?": "_"})
_REGEX = str.maketrans({sign: f"\\{sign}" for sign in r"\^$.[]()|*+?{}"})
_BLANK = Value(r"^[ \t\n\r\f\v]*$")


def matching(scope: Scope, term: str, *fields: str, mode: Mode = "contains", case: bool = False) -> Q:
    names = text_names(scope, fields)
    wanted = text(scope, "term", term).strip()
    one_of(scope, "mode", mode, ("contains", "words", "word", "exact"))
    if not wanted:
        return Q()
    if not storable(wanted):
        return NOTHING
    if mode == "exact":
        return _any(Q((name, wanted)) if case else _caseless(name, [wanted]) for name in names)
    if mode == "word":
        pattern = _word(scope, wanted)
        return _any(_has_word(name, pattern, case=case) for name in names)
    parts = _words(scope, wanted) if mode == "words" else [wanted]
    return Q(*(_any(_like(name, f"%{_literal(part)}%", case=case) for name in names) for part in parts))


def starting(scope: Scope, prefix: str, *fields: str, case: bool = True) -> Q:
    given = text(scope, "prefix", prefix)
    return _fitting(scope, given, fields, f"{_literal(given)}%", case=case)


def ending(scope: Scope, suffix: str, *fields: str, case: bool = True) -> Q:
    given = text(scope, "suffix", suffix)
    return _fitting(scope, given, fields, f"%{_literal(given)}", case=case)


def matching_glob(scope: Scope, pattern: str, *fields: str) -> Q:
    given = text(scope, "pattern", pattern)
    if given.count("*") > STARS:
        raise ValueError(f"{scope.label}: a pattern has at most {STARS} times '*', got {given.count('*')}")
    return _fitting(scope, given, fields, given.translate(_GLOB), case=True)


def matching_regex(scope: Scope, pattern: str, *fields: str, case: bool = True, max_length: int = 200) -> Q:
    names = text_names(scope, fields)
    given = text(scope, "pattern", pattern)
    counted(scope, "max_length", max_length)
    if not given.strip():
        return Q()
    if not storable(given):
        raise ValueError(f"{scope.label}: a pattern has neither NUL nor half a surrogate pair in it, got {given!r}")
    try:
        checked(given, max_length)
    except ValueError as error:
        raise ValueError(f"{scope.label}: {error}") from None
    matches = Regex if case else IRegex
    return _any(Q(matches(F(name), Value(given))) for name in names)


def in_domain(scope: Scope, domain: str, field: str = "email", *, subdomains: bool = False) -> Q:
    name = text_name(scope, field)
    wanted = text(scope, "domain", domain).strip().removeprefix("@").removeprefix(".")
    if not wanted:
        return Q()
    if "@" in wanted or not storable(wanted):
        return NOTHING
    last = Lower(SplitPart(F(name), Value("@"), Value(-1), output_field=TextField()))
    # split_part gives the whole of a text that has no "@"
    found = Q(Exact(last, Lower(Value(wanted)))) & _like(name, "%@%", case=True)
    return found | _like(name, f"%@%.{_literal(wanted)}", case=False) if subdomains else found


def caseless(scope: Scope, **values: Any) -> Q:
    return Q(*(_equals(scope, key, value) for key, value in values.items()))


def of_length(scope: Scope, field: str, min: int | None = None, max: int | None = None) -> Q:  # noqa: A002
    name = text_name(scope, field)
    length = Length(F(name))
    found = Q()
    if min is not None:
        found &= Q(GreaterThanOrEqual(length, _length(scope, "min", min)))
    if max is not None:
        found &= Q(LessThanOrEqual(length, _length(scope, "max", max)))
    return found or ~_null(name)


def blank(scope: Scope, *fields: str) -> Q:
    return Q(*(_is_blank(scope, field) for field in _given(scope, fields)))


def present(scope: Scope, *fields: str) -> Q:
    return Q(*(negated(scope, _is_blank(scope, field)) for field in _given(scope, fields)))


def _is_blank(scope: Scope, field: str) -> Q:
    name = scope.path(field)
    kind = scope.field(name)
    if isinstance(kind, _TEXTS):
        return _null(name) | Q(Regex(F(name), _BLANK))
    if isinstance(kind, ArrayField):
        return _null(name) | Q((name, []))
    if isinstance(kind, JSONField):
        return _null(name) | _holds("""(%(expressions)s IN ('null', '{}', '[]', '""'))""", F(name))
    return _null(name)


def _fitting(scope: Scope, given: str, fields: tuple[str, ...], pattern: str, *, case: bool) -> Q:
    """Some field as a whole is like ``pattern``, which was made of what is given."""
    names = text_names(scope, fields)
    if not given.strip():
        return Q()
    return _any(_like(name, pattern, case=case) for name in names) if storable(given) else NOTHING


def _like(name: str, pattern: str, *, case: bool) -> Q:
    sides = (F(name), Value(pattern))
    return _holds("(%(expressions)s)", *(sides if case else map(Upper, sides)), arg_joiner=" LIKE ")


def _has_word(name: str, pattern: str, *, case: bool) -> Q:
    r"""Only the word may be put in upper case: ``\W`` is the contrary of ``\w``."""
    word = Value(pattern) if case else Upper(Value(pattern))
    parts = (Value(r"(?<!\w)"), word, Value(r"(?!\w)"))
    bounded: Any = cast("Any", Func)(*parts, template="(%(expressions)s)", arg_joiner=" || ", output_field=TextField())
    return Q(Regex(F(name) if case else Upper(F(name)), bounded))


def _equals(scope: Scope, key: str, value: Any) -> Q:
    name = text_name(scope, key)
    if value is None:
        return _null(name)
    if hasattr(value, "resolve_expression"):
        return Q(Exact(Upper(F(name)), Upper(value)))
    listed = list(cast(Iterable[Any], value)) if isinstance(value, list | tuple | set | frozenset) else [value]
    found = _caseless(name, [text(scope, key, each).strip() for each in listed if each is not None])
    return found | _null(name) if None in listed else found


def _caseless(name: str, wanted: Iterable[str]) -> Q:
    possible = [Upper(Value(each)) for each in dict.fromkeys(wanted) if storable(each)]
    if len(possible) == 1:
        return Q(Exact(Upper(F(name)), possible[0]))
    return Q(In(Upper(F(name)), possible)) if possible else NOTHING


def _holds(template: str, *arguments: Any, **options: Any) -> Q:
    """A condition that is written as SQL."""
    return Q(cast("Any", Func)(*arguments, template=template, output_field=BooleanField(), **options))


def _any(conditions: Iterable[Q]) -> Q:
    return Q(*conditions, _connector=Q.OR)


def _null(name: str) -> Q:
    return Q((f"{name}__isnull", True))


def _literal(term: str) -> str:
    return term.translate(_LITERAL)


def _word(scope: Scope, word: str) -> str:
    if len(word) > WORD_LENGTH:
        raise ValueError(f"{scope.label}: mode='word' takes at most {WORD_LENGTH} characters, got {len(word)}")
    return word.translate(_REGEX)


def _words(scope: Scope, term: str) -> Iterable[str]:
    words = dict.fromkeys(term.split())
    if len(words) > WORDS:
        raise ValueError(f"{scope.label}: mode='words' takes at most {WORDS} different words, got {len(words)}")
    return words


def _length(scope: Scope, name: str, value: int) -> int:
    return min(counted(scope, name, value), LONGEST)


def _given(scope: Scope, fields: tuple[str, ...]) -> tuple[str, ...]:
    if not fields:
        raise TypeError(f"{scope.label} needs at least one field")
    return fields


def text_names(scope: Scope, fields: tuple[str, ...]) -> list[str]:
    """The text fields that are given, else those of the role."""
    chosen = fields or require(scope.model, "search_fields", scope.method, argument="the names of fields")
    return [text_name(scope, field) for field in chosen]


def text_name(scope: Scope, field: str) -> str:
    name = scope.path(field)
    kind = scope.field(name)
    if kind is not None and not isinstance(kind, _TEXTS):
        found = type(kind).__name__
        raise TypeError(f"{scope.label}: {field!r} must be a text, it is {found}; annotate a Cast to text")
    return name
