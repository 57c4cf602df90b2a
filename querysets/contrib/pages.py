"""Keyset pages for Django's list views, Django REST framework and django-ninja."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.core.paginator import InvalidPage
from django.http import Http404

from querysets.errors import InvalidCursor
from querysets.sql.streaming.pages import KeysetPage

By = str | Sequence[str] | None


class KeysetPaginator:
    """What Django's ``Paginator`` is to its callers, but that the number of a page is a cursor, and nothing is counted.

    Parameters
    ----------
    object_list
        A queryset with ``page_after``.
    per_page
        Rows a page.
    by
        Keys to order by, as in ``ranked``; a class may have its own. Default: the order of the queryset.
    """

    by: By = None

    def __init__(self, object_list: Any, per_page: int, *_: Any, by: By = None, **__: Any) -> None:
        self.object_list, self.per_page = object_list, int(per_page)
        self.by = self.by if by is None else by

    def page(self, number: str | int | None) -> NumberedPage:
        """The page at a cursor, the first for None and 1; an ``InvalidPage`` where it is none."""
        cursor = None if number in {None, "", 1, "1"} else number
        try:
            return NumberedPage(self.object_list.page_after(cursor, self.per_page, by=self.by), cursor, self)
        except (InvalidCursor, TypeError) as error:
            if isinstance(error, TypeError) and (cursor is None or isinstance(cursor, str)):
                raise
            raise InvalidPage(str(error)) from error

    def get_page(self, number: str | int | None) -> NumberedPage:
        """The same, and the first page in place of an error, as Django has it."""
        try:
            return self.page(number)
        except InvalidPage:
            return self.page(None)


class NumberedPage:
    """What Django's ``Page`` is to templates."""

    def __init__(self, page: KeysetPage[Any], number: Any, paginator: KeysetPaginator) -> None:
        self.page, self.number, self.paginator = page, number, paginator
        self.object_list = page.items

    def __iter__(self) -> Iterator[Any]:
        return iter(self.object_list)

    def __len__(self) -> int:
        return len(self.object_list)

    def __getitem__(self, place: Any) -> Any:
        return self.object_list[place]

    def has_next(self) -> bool:
        """Whether there is a page behind."""
        return self.page.next is not None

    def has_previous(self) -> bool:
        """Whether there is a page before."""
        return self.page.previous is not None

    def has_other_pages(self) -> bool:
        """Whether there is any other."""
        return self.has_next() or self.has_previous()

    def next_page_number(self) -> str:
        """The cursor of the page behind."""
        return _there(self.page.next)

    def previous_page_number(self) -> str:
        """The cursor of the page before."""
        return _there(self.page.previous)


class KeysetListMixin:
    """For a ``ListView`` with ``paginate_by``, to be named before it: ``?page=<cursor>``."""

    paginator_class: Any = KeysetPaginator
    page_kwarg: str = "page"
    kwargs: Any
    request: Any

    def paginate_queryset(self, queryset: Any, page_size: int) -> tuple[Any, NumberedPage, list[Any], bool]:
        """The page that the request asks for; an unknown one is not found."""
        paginator = self.paginator_class(queryset, page_size)
        number = self.kwargs.get(self.page_kwarg) or self.request.GET.get(self.page_kwarg)
        try:
            page = paginator.page(number)
        except InvalidPage as error:
            raise Http404(str(error)) from error
        return paginator, page, page.object_list, page.has_other_pages()


class KeysetPagination:
    """A ``pagination_class`` of Django REST framework: ``?cursor=...``, ``next`` and ``previous`` as addresses."""

    by: By = None
    page_size: int = 20
    cursor_query_param: str = "cursor"
    display_page_controls: bool = False
    page: KeysetPage[Any]
    address: str

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any]:  # noqa: ARG002 (DRF's)
        """The rows of the page that the request asks for; an unknown one is not found."""
        cursor = request.query_params.get(self.cursor_query_param) or None
        try:
            self.page = queryset.page_after(cursor, self.page_size, by=self.by)
        except InvalidCursor as error:
            raise import_module("rest_framework.exceptions").NotFound("Invalid cursor") from error
        self.address = request.build_absolute_uri()
        return self.page.items

    def get_paginated_response(self, data: Any) -> Any:
        """The rows with the addresses beside them."""
        found = {"next": self._address(self.page.next), "previous": self._address(self.page.previous), "results": data}
        return import_module("rest_framework.response").Response(found)

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        """The response for OpenAPI."""
        address = {"type": "string", "nullable": True, "format": "uri"}
        properties = {"next": address, "previous": address, "results": schema}
        return {"type": "object", "required": ["results"], "properties": properties}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:  # noqa: ARG002 (DRF's)
        """The parameter for OpenAPI."""
        return [{"name": self.cursor_query_param, "required": False, "in": "query", "schema": {"type": "string"}}]

    def _address(self, cursor: str | None) -> str | None:
        if cursor is None:
            return None
        parts = urlsplit(self.address)
        kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != self.cursor_query_param]
        return urlunsplit(parts._replace(query=urlencode([*kept, (self.cursor_query_param, cursor)])))


def ninja_pagination(by: By = None, size: int = 20) -> Any:
    """A class for django-ninja's ``@paginate``: ``items``, and the cursors ``next`` and ``previous``."""
    ninja, errors = import_module("ninja"), import_module("ninja.errors")
    base: Any = import_module("ninja.pagination").AsyncPaginationBase
    given = {"__annotations__": {"cursor": str | None}, "cursor": None}
    shown = {"__annotations__": {"items": list[Any], "next": str | None, "previous": str | None}, "previous": None}

    class Pagination(base):  # type: ignore[misc]  # its base is there only with the package
        Input = type("Input", (ninja.Schema,), {**given, "__module__": __name__})
        Output = type("Output", (ninja.Schema,), {**shown, "next": None, "__module__": __name__})

        def paginate_queryset(self, queryset: Any, pagination: Any, **_: Any) -> dict[str, Any]:
            try:
                return _shown(queryset.page_after(pagination.cursor or None, size, by=by))
            except InvalidCursor as error:
                raise errors.HttpError(422, "Invalid cursor") from error

        async def apaginate_queryset(self, queryset: Any, pagination: Any, **_: Any) -> dict[str, Any]:
            try:
                return _shown(await queryset.apage_after(pagination.cursor or None, size, by=by))
            except InvalidCursor as error:
                raise errors.HttpError(422, "Invalid cursor") from error

    return Pagination


def _shown(page: KeysetPage[Any]) -> dict[str, Any]:
    return {"items": page.items, "next": page.next, "previous": page.previous}


def _there(cursor: str | None) -> str:
    if cursor is None:
        raise InvalidPage("there is no such page")
    return cursor
