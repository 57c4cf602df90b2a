"""Server-Sent Events as a browser reads them."""

from __future__ import annotations


def parsed(frame: bytes) -> dict[str, str]:
    """The fields of an event, by the rules of the HTML standard: lines of data are joined by newlines."""
    found: dict[str, str] = {}
    for line in frame.decode().replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data" and "data" in found:
            found["data"] += f"\n{value}"
        elif name:
            found[name] = value
    return found
