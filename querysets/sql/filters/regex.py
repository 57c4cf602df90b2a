r"""Which regular expressions may come from outside: a subset of PostgreSQL's that is valid and not too costly.

Patterns are checked here because PostgreSQL would refuse them only while the statement runs, and because Python's
``re`` is another language: there ``\b`` is a word boundary and ``\m`` an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

BOUND: Final = 50
ANCHORS: Final = 8

_ESCAPED = r"\\[^0-9A-Za-z]|\\[fnrtv]"
_MEMBER = rf"(?:[^\\\[\]-]|{_ESCAPED})"
_CLASS = r"\[:(?:alnum|alpha|blank|cntrl|digit|graph|lower|print|punct|space|upper|xdigit):\]|\\[dsw]"
_SET = rf"\[(?:\^|(?!\^))(?!\])-?(?:{_CLASS}|{_MEMBER}(?:-{_MEMBER})?)*-?\]"

_TOKEN = re.compile(
    rf"""
      (?P<open>\(\?:|\((?!\?))
    | (?P<close>\))
    | (?P<either>\|)
    | (?P<anchor>[\^$]|\\[AMYZmy])
    | (?P<repeat>(?:[*+?]|\{{(?P<low>[0-9]+)(?:,(?P<high>[0-9]*))?\}})\??)
    | (?P<atom>[^\\()|^$*+?{{\[]|{_ESCAPED}|\\[DSWdsw]|{_SET})
    """,
    re.VERBOSE,
)
_RANGE = re.compile(rf"{_CLASS}|(?P<low>{_MEMBER})(?:-(?P<high>{_MEMBER}))?")
_WRITTEN = {"f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}

SUBSET: Final = (
    r"letters, '.', sets in [], groups (...) and (?:...), '|', '^', '$', the repeats * + ? {m,n}, "
    r"\d \s \w \D \S \W, the word boundaries \m \M \y, and '\' before any other sign"
)


def checked(pattern: str, max_length: int) -> str:
    r"""``pattern`` itself, once it is sure that PostgreSQL accepts it and needs milliseconds for a text, not seconds.

    That takes a pattern that is short when written out, as PostgreSQL does it: ``x{3}`` as ``xxx``, ``x+`` as ``xx*``,
    at most ``max_length`` characters. The automaton then stays small, and it never goes back over the text: ``(a+)+b``,
    the bane of other engines, does no harm. Constraints (``^ $ \m`` and their like) it unrolls, each loop and each way
    around them, up to "regular expression is too complex" for 80 characters: hence they are few and not repeated.
    """
    if len(pattern) > max_length:
        raise ValueError(f"a pattern has at most {max_length} characters, got {len(pattern)}")
    groups = [_Part()]  # the whole, and each group that is open
    last: _Part | None = None  # what a repeat would repeat
    place = 0
    while place < len(pattern):
        token = _TOKEN.match(pattern, place)
        if token is None or (token["repeat"] and last is None) or (token["close"] and len(groups) == 1):
            raise ValueError(f"{pattern!r} cannot be used from character {place + 1} on; what can: {SUBSET}")
        place = token.end()
        last = _read(pattern, token, groups, last)
        if sum(part.length for part in groups) > max_length:
            raise ValueError(f"{pattern!r} is longer than {max_length} characters once its repeats are written out")
    if len(groups) > 1:
        raise ValueError(f"{pattern!r} leaves a '(' open")
    if groups[0].anchors > ANCHORS:
        raise ValueError(f"{pattern!r} has {groups[0].anchors} anchors and word boundaries, at most {ANCHORS} can be")
    return pattern


@dataclass(slots=True)
class _Part:
    """A part of a pattern: its length with all repeats written out, and how many anchors and boundaries it has."""

    length: int = 0
    anchors: int = 0

    def add(self, inner: _Part) -> None:
        self.length += inner.length
        self.anchors += inner.anchors


def _read(pattern: str, token: re.Match[str], groups: list[_Part], last: _Part | None) -> _Part | None:
    """Add one token to the group that is open; returns what a repeat behind it would repeat."""
    if token["open"]:
        groups.append(_Part())
        return None
    if token["repeat"] and last is not None:
        if last.anchors and token["repeat"][0] != "?":
            raise ValueError(f"{pattern!r} repeats a group with an anchor or a word boundary in it")
        groups[-1].length += last.length * (_times(pattern, token) - 1)
        return None
    if token["close"] or token["atom"]:
        part = groups.pop() if token["close"] else _Part(1)
        _check_ranges(pattern, token[0])
        groups[-1].add(part)
        return part
    groups[-1].add(_Part(bool(token["either"]), bool(token["anchor"])))
    return None


def _times(pattern: str, repeat: re.Match[str]) -> int:
    """How often the automaton will hold what is repeated."""
    if repeat["low"] is None:
        return 2 if repeat[0][0] == "+" else 1
    low = int(repeat["low"])
    high = int(repeat["high"]) if repeat["high"] else low
    if low > high or high > BOUND:
        raise ValueError(f"{pattern!r} repeats {repeat[0]}; from the first number to the second, at most {BOUND}")
    return max(high, 1) + (repeat["high"] == "")


def _check_ranges(pattern: str, atom: str) -> None:
    if not atom.startswith("["):
        return
    for part in _RANGE.finditer(atom, 1, len(atom) - 1):
        if part["high"] and _written(part["low"]) > _written(part["high"]):
            raise ValueError(f"{pattern!r} has the range {part[0]}, which ends before it begins")


def _written(member: str) -> str:
    """The character that a member of a set stands for."""
    return _WRITTEN.get(member[-1], member[-1]) if len(member) > 1 else member
