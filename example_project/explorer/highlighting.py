"""Python and plans as HTML: each token in a ``span`` of its class, all text escaped."""

from __future__ import annotations

import io
import keyword
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

Token = tuple[str, str]  # class ("" for none), text
Links = Callable[[str], str | None]  # name of a method -> address of its page, if it has one

LAYOUT: Final = {tokenize.INDENT, tokenize.DEDENT, tokenize.NEWLINE, tokenize.NL, tokenize.ENDMARKER}
CONSTANTS: Final = {"None", "True", "False"}
PLAN: Final = re.compile(
    r"(?P<good>\b(?:Bitmap )?Index(?: Only)? Scan(?: Backward)? (?:using|on) \w+)"
    r"|(?P<bad>\bSeq Scan on \w+)"
    r"|(?P<k>(?:^\s*->  |\A)[A-Z][A-Za-z ]+(?=  \())"
    r"|(?P<c>\((?:cost|actual|never)[^)]*\))"
    r"|(?P<d>^(?:Planning|Execution) Time: .*$)",
    re.MULTILINE,
)


def no_links(_name: str) -> str | None:
    """No method has a page."""
    return None


def markup(tokens: Iterable[Token], link: Links = no_links) -> SafeString:
    """Tokens as HTML; those of the class ``m`` are methods."""
    return format_html_join("", "{}", ((_element(kind, text, link),) for kind, text in tokens if text))


def python(source: str, link: Links = no_links) -> SafeString:
    """Python source; names of methods behind a dot lead to their pages."""
    return markup(_python_tokens(source), link)


def plan(text: str) -> SafeString:
    """What EXPLAIN says; scans by an index and scans of whole tables stand out."""
    return markup(_matches(PLAN, text))


def _element(kind: str, text: str, link: Links) -> SafeString:
    if kind == "m" and (address := link(text)):
        return format_html('<a class="m" href="{}">{}</a>', address, text)
    if kind == "dot":  # where a long chain breaks
        return format_html("<wbr>{}", text)
    return format_html('<span class="{}">{}</span>', kind, text) if kind else format_html("{}", text)


def _python_tokens(source: str) -> Iterator[Token]:
    lines = source.splitlines(keepends=True)
    at, before = (1, 0), ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type not in LAYOUT:
                yield "", _between(lines, at, token.start)
                yield _python_class(token, before), _between(lines, token.start, token.end)
                at, before = token.end, token.string
    except (tokenize.TokenError, SyntaxError):
        pass  # no whole program, as in a signature: what is left stays plain
    yield "", _between(lines, at, (len(lines) + 1, 0))


def _between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    """The text from one (line from 1, column) to another."""
    if start[0] == end[0]:
        return "".join(lines[start[0] - 1 : start[0]])[start[1] : end[1]]
    first, last = "".join(lines[start[0] - 1 : start[0]]), "".join(lines[end[0] - 1 : end[0]])
    return first[start[1] :] + "".join(lines[start[0] : end[0] - 1]) + last[: end[1]]


def _python_class(token: tokenize.TokenInfo, before: str) -> str:
    if token.type == tokenize.NAME:
        if keyword.iskeyword(token.string):
            return "d" if token.string in CONSTANTS else "k"
        if token.string == "objects":
            return ""
        return {".": "m", "def": "f", "class": "f", "@": "a"}.get(before, "")
    if token.type == tokenize.OP:
        return {"@": "a", "->": "o", ".": "dot"}.get(token.string, "")
    return {tokenize.COMMENT: "c", tokenize.NUMBER: "d"}.get(token.type, "s")  # strings; since 3.12 f-strings in parts


def _matches(pattern: re.Pattern[str], text: str) -> Iterator[Token]:
    at = 0
    for match in pattern.finditer(text):
        yield "", text[at : match.start()]
        yield match.lastgroup or "", match[0]
        at = match.end()
    yield "", text[at:]
