"""Numpydoc docstrings as HTML: paragraphs, lists, sections, definitions, examples."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from typing import Final

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

from .highlighting import Links, no_links, python

UNDERLINED: Final = re.compile(r"^(\S.*)\n-{3,}$", re.MULTILINE)
INLINE: Final = re.compile(r"(``.+?``|`[^`\n]+`|\*(?=\S)[^*\n]+(?<=\S)\*)", re.DOTALL)
DEFINED: Final = {"Parameters", "Raises", "Returns", "Yields", "Attributes"}


def summary(text: str | None) -> SafeString:
    """The first paragraph, without its element."""
    return _inline(inspect.cleandoc(text or "").split("\n\n")[0])


def document(text: str | None, link: Links = no_links) -> SafeString:
    """A whole docstring."""
    before, *sections = UNDERLINED.split(inspect.cleandoc(text or ""))
    parts = [_blocks(before, link)]
    for title, body in zip(sections[::2], sections[1::2], strict=True):
        content = _definitions(body, link) if title in DEFINED else _blocks(body, link)
        parts.append(format_html("<h2>{}</h2>\n{}", title, content))
    return _lines(parts)


def _blocks(text: str, link: Links) -> SafeString:
    return _lines([_block(block, link) for block in re.split(r"\n\s*\n", text.strip("\n")) if block.strip()])


def _block(block: str, link: Links) -> SafeString:
    if block.lstrip().startswith(">>>"):
        return format_html('<pre class="code"><code>{}</code></pre>', _session(inspect.cleandoc(block), link))
    if block.lstrip().startswith("- "):
        items = re.split(r"^\s*- ", block, flags=re.MULTILINE)[1:]
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((_inline(item),) for item in items)))
    return format_html("<p>{}</p>", _inline(block))


def _session(text: str, link: Links) -> SafeString:
    """Lines of a doctest: what was typed is highlighted, what came back is not."""
    lines = []
    for line in text.splitlines():
        prompt, code = (line[:4], line[4:]) if line.startswith((">>> ", "... ")) else ("", line)
        shown = format_html('<span class="c">{}</span>{}', prompt, python(code, link)) if prompt else line
        lines.append(shown)
    return _lines(lines)


def _definitions(text: str, link: Links) -> SafeString:
    """Terms on the margin, each with its indented description."""
    rows = []
    for entry in re.split(r"\n(?=\S)", text.strip("\n")):
        term, _, body = entry.partition("\n")
        name, _, kind = term.partition(" : ")
        of = format_html(' <span class="type">{}</span>', kind) if kind else ""
        rows.append((name, of, _blocks(inspect.cleandoc(body), link)))
    return format_html("<dl>{}</dl>", format_html_join("\n", "<dt><code>{}</code>{}</dt><dd>{}</dd>", rows))


def _inline(text: str) -> SafeString:
    parts = []
    for place, part in enumerate(INLINE.split(text.strip())):
        if place % 2 == 0:
            parts.append(conditional_escape(part))
        elif part.startswith("`"):
            parts.append(format_html("<code>{}</code>", part.strip("`")))
        else:
            parts.append(format_html("<em>{}</em>", part.strip("*")))
    return format_html_join("", "{}", ((part,) for part in parts))


def _lines(parts: Iterable[str]) -> SafeString:
    return format_html_join("\n", "{}", ((part,) for part in parts))
