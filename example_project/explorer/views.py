"""The pages: the list of patterns, a page for each, the list of methods, a page for each."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from example_project.catalogue import UnknownPattern, catalogue
from example_project.catalogue.registry import SECTIONS
from querysets import P

from . import highlighting, sources, surface
from .charts import chart
from .docstrings import document, summary
from .drawings import drawing
from .forms import ArgumentForm
from .running import Outcome, attempt
from .statements import sql
from .tables import table

# Style and icon are files of our own, and there is no script: whatever a row holds, nothing in it is ever executed.
POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'"
EXAMPLE = 'Post.objects.recent(24).tagged("asyncio").with_count("comments").ranked()'


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The patterns, all or those that are asked for."""
    words, section, method = (request.GET.get(name, "").strip() for name in ("q", "section", "method"))
    found = [
        entry
        for entry in catalogue.search(words)
        if section in {"", entry.section.name} and (not method or method in entry.methods)
    ]
    context = {
        "words": words,
        "section": SECTIONS.get(section),
        "method": method,
        "is_filtered": bool(words or section or method),
        "count": len(found),
        "total": len(catalogue),
        "methods": len(surface.methods()),
        "sections": [(section, len(entries)) for section, entries in catalogue.sections().items()],
        "groups": sources.grouped(found),
        "example": highlighting.python(EXAMPLE, surface.address),
    }
    return _page(request, "explorer/index.html", context)


@require_safe
def pattern(request: HttpRequest, number: int) -> HttpResponse:
    """One pattern, run with the arguments that the query names."""
    try:
        entry = catalogue[number]
    except UnknownPattern as error:
        return _missing(request, f"No pattern {number}", str(error))
    form = ArgumentForm(entry, request.GET.dict())
    outcome = attempt(entry, form.arguments, explained="_plan" in request.GET) if form.is_valid() else Outcome()
    numbers = [None, *catalogue, None]
    place = numbers.index(number)
    context = {
        "entry": entry,
        "meaning": document(entry.meaning, surface.address),
        "source": sources.function(entry),
        "form": form,
        "outcome": outcome,
        "previous": catalogue.get(numbers[place - 1]),
        "next": catalogue.get(numbers[place + 1]),
    }
    if outcome.run:
        context["statements"] = [sql(statement.sql) for statement in outcome.run.statements]
        context["table"] = table(outcome.run)
        context["chart"] = chart(outcome.run)
        context["drawn"] = drawn = outcome.drawn or outcome.run
        context["drawing"] = drawing(drawn)
        context["plan"] = highlighting.plan(outcome.plan or "")
    status = HTTPStatus.OK if outcome.run else HTTPStatus.BAD_REQUEST
    return _page(request, "explorer/pattern.html", context, status=status)


@require_safe
def methods(request: HttpRequest) -> HttpResponse:
    """Every public method, by kind."""
    uses = sources.uses()
    kinds = [
        (
            kind,
            surface.KINDS[kind],
            [(each.name, summary(each.function.__doc__), len(uses.get(each.name, []))) for each in found],
        )
        for kind, found in surface.by_kind().items()
    ]
    return _page(request, "explorer/methods.html", {"kinds": kinds, "count": len(surface.methods())})


@require_safe
def method(request: HttpRequest, name: str) -> HttpResponse:
    """One method, with the patterns that use it."""
    found = surface.methods().get(name)
    if found is None:
        return _missing(request, f"No method {name}", "The list of methods has all that there are.")
    context = {
        "method": found,
        "kinds": [(kind, meaning) for kind, meaning in surface.KINDS.items() if kind in found.kinds],
        "signature": highlighting.python(surface.signature(found)),
        "text": document(found.function.__doc__, surface.address),
        "is_condition": hasattr(P, name),
        "entries": sources.uses().get(name, []),
    }
    return _page(request, "explorer/method.html", context)


def _page(request: HttpRequest, template: str, context: Mapping[str, Any], status: int = HTTPStatus.OK) -> HttpResponse:
    page = render(request, template, context, status=status)
    page["Content-Security-Policy"] = POLICY
    return page


def _missing(request: HttpRequest, title: str, message: str) -> HttpResponse:
    return _page(request, "explorer/missing.html", {"title": title, "message": message}, status=HTTPStatus.NOT_FOUND)
