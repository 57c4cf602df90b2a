"""Keyset pages behind other interfaces, each against the real package where it is installed."""

from __future__ import annotations

import json

import pytest
from django.core.paginator import InvalidPage
from django.http import Http404
from django.test import RequestFactory
from django.views.generic import ListView

from example_project.ops.models import Message
from querysets.contrib import KeysetListMixin, KeysetPagination, KeysetPaginator, ninja_pagination


@pytest.fixture
def newest(world):
    return [row.id for row in sorted(world.messages, key=lambda row: (row.created_at, row.id), reverse=True)]


def test_djangos_paginator(newest):
    pages = [KeysetPaginator(Message.objects.newest(), 50).get_page(None)]
    while pages[-1].has_next():
        pages.append(pages[-1].paginator.page(pages[-1].next_page_number()))
    assert [row.pk for page in pages for row in page] == newest
    assert len(pages) > 2
    assert not pages[0].has_previous()
    assert pages[0].has_other_pages()
    back = pages[1].paginator.page(pages[1].previous_page_number())
    assert back.object_list == pages[0][:] == list(pages[0])
    with pytest.raises(InvalidPage):
        pages[0].previous_page_number()
    with pytest.raises(InvalidPage):
        pages[0].paginator.page("x")
    with pytest.raises(InvalidPage):
        pages[0].paginator.page(2)
    assert pages[0].paginator.get_page("x").object_list == pages[0].object_list


class Messages(KeysetListMixin, ListView):
    queryset = Message.objects.newest()
    paginate_by = 30


def test_djangos_list_view(newest):
    def page(**asked):
        response = Messages.as_view()(RequestFactory().get("/", asked))
        return response.context_data

    first = page()
    second = page(page=first["page_obj"].next_page_number())
    assert [row.pk for row in [*first["object_list"], *second["object_list"]]] == newest[:60]
    assert first["is_paginated"]
    assert len(page(page=1)["object_list"]) == 30
    with pytest.raises(Http404):
        page(page="x")


def test_django_rest_framework(newest, settings):
    pytest.importorskip("rest_framework")
    settings.REST_FRAMEWORK = {"UNAUTHENTICATED_USER": None}  # django.contrib.auth is not installed
    settings.ALLOWED_HOSTS = ["testserver"]
    from rest_framework import generics, serializers

    class Out(serializers.ModelSerializer):
        class Meta:
            model = Message
            fields = ["id"]

    class Paged(KeysetPagination):
        page_size = 30
        by = ("-created_at", "-id")

    class View(generics.ListAPIView):
        queryset = Message.objects.all()
        serializer_class = Out
        pagination_class = Paged
        authentication_classes = permission_classes = ()

    found, address = [], "/?kept=1"
    while address:
        data = View.as_view()(RequestFactory().get(address)).data
        found += [row["id"] for row in data["results"]]
        address = data["next"]
        assert address is None or "kept=1" in address
    assert found == newest
    assert View.as_view()(RequestFactory().get("/?cursor=x")).status_code == 404
    assert View.as_view()(RequestFactory().get(data["previous"])).data["results"][-1]["id"] in newest


def test_django_ninja(newest, settings):
    pytest.importorskip("ninja")
    from ninja import NinjaAPI, Schema
    from ninja.pagination import paginate
    from ninja.testing import TestClient

    class Out(Schema):
        id: int

    api = NinjaAPI(urls_namespace="keyset")

    @api.get("/messages", response=list[Out])
    @paginate(ninja_pagination(by=("-created_at", "-id"), size=30))
    def messages(request):
        return Message.objects.all()

    client, found, cursor = TestClient(api), [], ""
    while cursor is not None:
        data = json.loads(client.get("/messages", query_params={"cursor": cursor} if cursor else {}).content)
        found += [row["id"] for row in data["items"]]
        cursor = data["next"]
    assert found == newest
    assert client.get("/messages?cursor=x").status_code == 422
