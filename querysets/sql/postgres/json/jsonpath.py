"""Expressions of PostgreSQL's jsonpath: variables become literals, and what the server would refuse is refused here.

It is the language of PostgreSQL 14 less what may fail on some row or session: moments in time, whose comparison hangs
on the time zone, and regular expressions beyond those of ``matching_regex``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal, NamedTuple

from querysets.roles import did_you_mean
from querysets.scope import Scope
from querysets.sql.filters.regex import checked
from querysets.sql.values import storable, text

from .documents import number, quoted

Kind = Literal["value", "predicate"]

TOKENS: Final = 1000
DEPTH: Final = 30  # of parentheses and brackets
LEVELS: Final = 1000
PATTERN: Final = 200  # characters, as in matching_regex

METHODS: Final = {"type", "size", "double", "ceiling", "floor", "abs", "keyvalue"}
COMPARISONS: Final = {"==", "!=", "<>", "<", "<=", ">", ">="}

_TOKEN = re.compile(
    r"""
      (?P<space>[ \t\n\r\f]+)
    | (?P<string>"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9A-Fa-f]{4})*")
    | (?P<variable>\$[A-Za-z_][A-Za-z0-9_]*)
    | (?P<number>(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,6})?(?![\w.$"]))
    | (?P<word>[^\W\d]\w*)
    | (?P<sign>==|!=|<>|<=|>=|&&|\|\||\*\*|[-+*/%!<>()\[\]{}.,?@$])
    """,
    re.VERBOSE,
)


class Token(NamedTuple):
    """A word of the language and what it is."""

    kind: str
    text: str


class Written(NamedTuple):
    """An expression ready for the server: a path to values, or a predicate that is true or false."""

    text: str
    is_predicate: bool


def bound(scope: Scope, path: Any, variables: Mapping[str, Any]) -> Written:
    """``path`` with ``variables`` in their places."""
    given = text(scope, "path", path)
    try:
        tokens = _bound(scope, _tokens(given), variables)
        parser = _Parser(tokens)
        kind = parser.whole()
    except _Malformed as error:
        raise ValueError(f"{scope.label}: {given[:500]!r} is no jsonpath: {error}") from None
    return Written(" ".join(token.text for token in tokens), kind == "predicate")


class _Malformed(Exception):
    """Where an expression ends to be one."""


def _tokens(given: str) -> list[Token]:
    if not storable(given):
        raise _Malformed("it holds NUL or half a surrogate pair")
    found: list[Token] = []
    place = 0
    while place < len(given):
        match = _TOKEN.match(given, place)
        if match is None or len(found) > TOKENS:
            raise _Malformed(f"it cannot be read from character {place + 1} on" if match is None else "it is too long")
        place, kind = match.end(), str(match.lastgroup)
        if kind == "string":
            _text_of(match[0])
        if kind == "number" and not -16_383 < Decimal(match[0]).adjusted() < 131_072:  # noqa: PLR2004
            raise _Malformed(f"{match[0][:50]} is no number that PostgreSQL holds")
        if kind != "space":
            found.append(Token(kind, match[0]))
    return found


def _text_of(string: str) -> str:
    meant: str = json.loads(string)
    if not storable(meant):
        raise _Malformed(f"{string} stands for NUL or half a surrogate pair")
    return meant


def _bound(scope: Scope, tokens: list[Token], variables: Mapping[str, Any]) -> list[Token]:
    named = {token.text[1:] for token in tokens if token.kind == "variable"}
    for name in named - variables.keys():
        raise ValueError(f"{scope.label}: the path has the variable ${name}; pass {name}=...")
    for name in variables.keys() - named:
        raise ValueError(f"{scope.label}: the path has no variable ${name}{did_you_mean(name, sorted(named))}")
    written = {name: _literal(scope, name, value) for name, value in variables.items()}
    return [each for token in tokens for each in (written[token.text[1:]] if token.kind == "variable" else [token])]


def _literal(scope: Scope, name: str, value: Any) -> list[Token]:
    """A value as tokens; a negative number in parentheses, lest its sign be taken for a difference."""
    if value is None or isinstance(value, bool):
        return [Token("word", json.dumps(value))]
    if isinstance(value, str):
        return [Token("string", quoted(scope, value))]
    if not isinstance(value, int | float | Decimal):
        raise TypeError(f"{scope.label}: {name} must be a single JSON value, got {value!r}")
    digits = number(scope, value)
    unsigned = Token("number", digits.removeprefix("-"))
    if not digits.startswith("-"):
        return [unsigned]
    return [Token("sign", "("), Token("sign", "-"), unsigned, Token("sign", ")")]


@dataclass(slots=True)
class _Parser:
    """One method a rule of the grammar; each leaves ``place`` behind what it has read."""

    tokens: list[Token]
    place: int = 0
    filters: int = 0  # in which @ is the element
    subscripts: int = 0  # in which last is the index
    depth: int = 0

    def whole(self) -> Kind:
        if self.next in {"strict", "lax"}:
            self.place += 1
        kind = self.any()
        if self.place < len(self.tokens):
            raise _Malformed(f"{self.next!r} is not expected there")
        return kind

    @property
    def next(self) -> str:
        return self.tokens[self.place].text if self.place < len(self.tokens) else ""

    @property
    def kind(self) -> str:
        return self.tokens[self.place].kind if self.place < len(self.tokens) else "end"

    def take(self, *wanted: str) -> bool:
        """Go on if one of these words and signs is next."""
        if self.next not in wanted or self.kind not in {"word", "sign"}:
            return False
        self.place += 1
        return True

    def need(self, wanted: str) -> None:
        if not self.take(wanted):
            raise _Malformed(f"{wanted!r} is expected in place of {self.next[:50]!r}" if self.next else "it ends early")

    def string(self) -> str:
        if self.kind != "string":
            raise _Malformed(f"a text in double quotes is expected in place of {self.next[:50]!r}")
        self.place += 1
        return _text_of(self.tokens[self.place - 1].text)

    def of(self, wanted: Kind, found: Kind) -> Kind:
        if found != wanted:
            raise _Malformed("a condition stands where a value is needed, or a value where a condition is")
        return wanted

    def any(self) -> Kind:
        return self.joined("||", self.all)

    def all(self) -> Kind:
        return self.joined("&&", self.negated)

    def joined(self, sign: str, part: Any) -> Kind:
        kind: Kind = part()
        while self.take(sign):
            self.of("predicate", kind)
            self.of("predicate", part())
        return kind

    def negated(self) -> Kind:
        if not self.take("!"):
            return self.compared()
        if self.next not in {"(", "exists"}:
            raise _Malformed("behind '!' stands a condition in parentheses")
        return self.of("predicate", self.primary())

    def compared(self) -> Kind:
        start = self.place
        kind = self.sum()
        if self.take(*COMPARISONS):
            self.of("value", kind)
            self.of("value", self.sum())
        elif self.take("starts"):
            self.of("value", kind)
            self.need("with")
            self.string()
        elif self.take("like_regex"):
            self.of("value", kind)
            self.pattern()
        elif self.take("is"):
            self.need("unknown")
            if self.tokens[start].text != "(":
                raise _Malformed("before 'is unknown' stands a condition in parentheses")
            self.of("predicate", kind)
        else:
            return kind
        return "predicate"

    def pattern(self) -> None:
        try:
            checked(self.string(), PATTERN)
        except ValueError as error:
            raise _Malformed(str(error)) from None
        if self.take("flag"):
            flags = self.string()
            if not set(flags) <= set("ism") or len(set(flags)) < len(flags):
                raise _Malformed("the flags are of i, s and m")

    def sum(self) -> Kind:
        return self.computed(("+", "-"), self.product)

    def product(self) -> Kind:
        return self.computed(("*", "/", "%"), self.signed)

    def computed(self, signs: tuple[str, ...], part: Any) -> Kind:
        kind: Kind = part()
        while self.take(*signs):
            self.of("value", kind)
            self.of("value", part())
        return kind

    def signed(self) -> Kind:
        times = 0
        while self.take("+", "-"):
            times += 1
            if times > DEPTH:
                raise _Malformed("it has too many signs")
        bare = self.next == "exists"
        kind = self.primary()
        if not bare and self.accessors():
            kind = "value"
        return self.of("value", kind) if times else kind

    def primary(self) -> Kind:
        if self.take("("):
            kind = self.inside(self.any)
            self.need(")")
            return kind
        if self.take("exists"):
            self.need("(")
            self.of("value", self.inside(self.any))
            self.need(")")
            return "predicate"
        if self.take("@"):
            if not self.filters:
                raise _Malformed("'@' stands in a filter only")
        elif self.take("last"):
            if not self.subscripts:
                raise _Malformed("'last' stands in an index only")
        elif self.kind in {"string", "number"}:
            self.place += 1
        elif not self.take("$", "true", "false", "null"):
            raise _Malformed(f"{self.next[:50]!r} is not expected there" if self.next else "it ends early")
        return "value"

    def inside(self, part: Any) -> Kind:
        self.depth += 1
        if self.depth > DEPTH:
            raise _Malformed("it is nested too deep")
        kind: Kind = part()
        self.depth -= 1
        return kind

    def accessors(self) -> bool:
        """What follows a value: keys, indexes, methods and filters."""
        start = self.place
        while True:
            if self.take("."):
                self.member()
            elif self.take("["):
                self.index()
            elif self.take("?"):
                self.need("(")
                self.filters += 1
                self.of("predicate", self.inside(self.any))
                self.filters -= 1
                self.need(")")
            else:
                return self.place > start

    def member(self) -> None:
        if self.take("*"):
            return
        if self.take("**"):
            if self.take("{"):
                self.level()
                if self.take("to"):
                    self.level()
                self.need("}")
        elif self.kind == "word":
            name = self.next
            self.place += 1
            if self.take("("):
                if name not in METHODS:
                    raise _Malformed(f"there is no method {name}(){did_you_mean(name, sorted(METHODS))}")
                self.need(")")
        else:
            self.string()

    def level(self) -> None:
        if self.take("last"):
            return
        if self.kind != "number" or not self.next.isdecimal() or int(self.next) >= LEVELS:
            raise _Malformed(f"a level is a number below {LEVELS}, or last")
        self.place += 1

    def index(self) -> None:
        if not self.take("*"):
            self.subscripts += 1
            self.element()
            while self.take(","):
                self.element()
            self.subscripts -= 1
        self.need("]")

    def element(self) -> None:
        self.of("value", self.inside(self.sum))
        if self.take("to"):
            self.of("value", self.inside(self.sum))
