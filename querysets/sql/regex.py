r"""Which regular expressions may come from outside: a subset of PostgreSQL's that is cheap and always valid.

Patterns are checked here because PostgreSQL would refuse them only while the statement runs, and because Python's
``re`` is another language: there ``\b`` is a word boundary and ``\m`` an error.
"""

from __future__ import annotations

import re
from typing import Final

BOUND: Final = 50

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
    """``pattern`` itself, once it is sure that PostgreSQL accepts it and that it stays cheap.

    Cheap means short when written out: with ``x{3}`` as ``xxx`` and ``(x{3}){4}`` as twelve, at most ``max_length``
    characters. The automaton then stays small, and PostgreSQL's never goes back over the text, so that ``(a+)+b``, the
    bane of other engines, does no harm.
    """
    if len(pattern) > max_length:
        raise ValueError(f"a pattern has at most {max_length} characters, got {len(pattern)}")
    groups = [0]  # what stands so far in each group that is open, written out
    last = 0  # the length of what a repeat would repeat; 0 where there is nothing
    place = 0
    while place < len(pattern):
        token = _TOKEN.match(pattern, place)
        if token is None or (token["repeat"] and not last) or (token["close"] and len(groups) == 1):
            raise ValueError(f"{pattern!r} cannot be used from character {place + 1} on; what can: {SUBSET}")
        place = token.end()
        repeated, last = last, 0
        if token["open"]:
            groups.append(0)
        elif token["close"]:
            last = max(groups.pop(), 1)
            groups[-1] += last
        elif token["repeat"]:
            groups[-1] += repeated * (_times(pattern, token) - 1)
        elif token["atom"]:
            _check_ranges(pattern, token["atom"])
            last = 1
            groups[-1] += 1
        if sum(groups) > max_length:
            raise ValueError(f"{pattern!r} is longer than {max_length} characters once its repeats are written out")
    if len(groups) > 1:
        raise ValueError(f"{pattern!r} leaves a '(' open")
    return pattern


def _times(pattern: str, repeat: re.Match[str]) -> int:
    """How often the automaton will hold what is repeated."""
    if repeat["low"] is None:
        return 1
    low = int(repeat["low"])
    high = int(repeat["high"]) if repeat["high"] else low
    if low > high or high > BOUND:
        raise ValueError(f"{pattern!r} repeats {repeat[0]}; from the first number to the second, at most {BOUND}")
    return max(high, 1)


def _check_ranges(pattern: str, atom: str) -> None:
    if not atom.startswith("["):
        return
    for part in _RANGE.finditer(atom, 1, len(atom) - 1):
        if part["high"] and _written(part["low"]) > _written(part["high"]):
            raise ValueError(f"{pattern!r} has the range {part[0]}, which ends before it begins")


def _written(member: str) -> str:
    """The character that a member of a set stands for."""
    return _WRITTEN.get(member[-1], member[-1]) if len(member) > 1 else member
