"""The lists of patterns and methods, what filters them, and the page of a method."""

from __future__ import annotations

import re

import pytest

from example_project.catalogue import catalogue
from querysets import PatternQuerySet
from querysets.kinds import methods

METHODS = methods(PatternQuerySet)


def numbers(page):
    """The patterns that a page lists."""
    return [int(link.split("/")[2]) for link in page.links if link.startswith("/patterns/")]


def test_lists_every_pattern_once(page):
    assert sorted(numbers(page("/"))) == list(catalogue)


def test_finds_words_in_any_case(page):
    wanted = [entry.number for entry in catalogue.search("comments posts")]
    found = page("/", q=" COMMENTS  posts ")
    assert sorted(numbers(found)) == wanted
    assert found.says(f"{len(wanted)} patterns with COMMENTS  posts")


def test_filters_by_method(page):
    wanted = [number for number, entry in catalogue.items() if "having" in entry.methods]
    assert sorted(numbers(page("/", method="having"))) == wanted
    assert sorted(numbers(page("/methods/having/"))) == wanted


def test_filters_by_section(page):
    assert sorted(numbers(page("/", section="filtering"))) == list(range(1, 101))


@pytest.mark.parametrize("query", [{"q": "xyzzy"}, {"section": "nowhere"}, {"method": "nothing"}])
def test_says_that_nothing_is_found(page, query):
    found = page("/", **query)
    assert numbers(found) == []
    assert found.says("0 patterns")


def test_lists_every_method_once(page):
    listed = [link for link in page("/methods/").links if link.startswith("/methods/") and link != "/methods/"]
    assert sorted(listed) == [f"/methods/{name}/" for name in METHODS]


@pytest.mark.parametrize("name", METHODS)
def test_shows_a_method(page, name):
    shown = page(f"/methods/{name}/")
    assert shown.status == 200
    assert shown.says(re.sub(r"``|(?<!\*)\*\b|\b\*", "", METHODS[name].function.__doc__.split(".")[0]))


def test_does_not_find_an_unknown_method(page):
    assert page("/methods/nothing/").status == 404


@pytest.mark.parametrize("address", ["/", "/methods/", "/methods/by/"])
def test_needs_no_statement(client, world, django_assert_num_queries, address):
    with django_assert_num_queries(0):
        assert client.get(address).status_code == 200
