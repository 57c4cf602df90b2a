"""A page as the tests read it: what is out of balance in its HTML, its table, its text."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "wbr", "hr", "img"}
OPEN_ENDED = {"aria-labelledby", "aria-describedby"}


class Page(HTMLParser):
    """Parses at once. ``faults`` is what no page may have; ``table`` the texts of the cells by row."""

    def __init__(self, response):
        super().__init__()
        self.status = response.status_code
        self.faults, self.ids, self.references, self.links, self.text, self.table = [], [], [], [], [], []
        self._open, self._skipped = [], 0
        self.feed(response.content.decode())
        self.close()
        self.faults += [f"<{tag}> is not closed" for tag in self._open]
        self.faults += [f"id {name!r} is there twice" for name in set(self.ids) if self.ids.count(name) > 1]
        self.faults += [f"there is no id {name!r}" for name in self.references if name not in self.ids]

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag not in VOID:
            self._open.append(tag)
        is_ours = tag == "script" and given.get("src", "").startswith("/static/explorer/")
        if (tag in {"script", "style", "iframe"} and not is_ours) or any(
            name.startswith("on") or name == "style" for name in given
        ):
            self.faults.append(f"<{tag} {given}> is not of ours")
        if tag == "td":
            self.table[-1].append("")
        if tag == "tr" and "tbody" in self._open:
            self.table.append([])
        self.ids += [given["id"]] if "id" in given else []
        self.references += given["for"].split() if "for" in given else []
        self.references += [part for name in OPEN_ENDED if name in given for part in given[name].split()]
        for address in (given[name] for name in ("href", "src", "action", "formaction") if name in given):
            self.links.append(address)
            if address.startswith("#"):
                self.references.append(address[1:])
            elif not address.startswith(("/", "?")) or address.startswith("//"):
                self.faults.append(f"{address!r} leads elsewhere")

    def handle_endtag(self, tag):
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def handle_data(self, data):
        if "script" in self._open:
            self.faults.append(f"a script {data!r} stands in the page")
        self.text.append(data)
        if "td" in self._open:
            self.table[-1][-1] += data

    def says(self, text):
        return " ".join(text.split()) in " ".join("".join(self.text).split())
