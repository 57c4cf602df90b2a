"""What is read off the functions of the catalogue, and how entries are found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from example_project.catalogue import Entry, UnknownPattern, catalogue, pattern
from example_project.catalogue.filtering.moments import recent_posts
from example_project.catalogue.registry import ROOT, Catalogue


def test_an_entry_is_described_by_its_function():
    entry = catalogue[11]

    assert (entry.number, entry.title, entry.name) == (11, "Recent posts", "recent_posts")
    assert entry.function is recent_posts
    assert (entry.section.title, entry.topic) == ("Basic & filtering", "moments")
    assert entry.signature == "recent_posts(hours: float = 24, at: datetime | None = None) -> QuerySet[Post]"
    assert entry.returns == "QuerySet[Post]"
    assert entry.meaning.startswith("Posts of the last hours")
    assert entry.methods == ("recent",)
    assert entry.code == "return Post.objects.recent(hours, at=at)"
    hours = entry.parameters[0]
    assert (hours.name, hours.hint, hours.type, hours.default) == ("hours", float, "float", 24)


def test_source_file_and_line_are_those_of_the_function():
    for entry in catalogue.values():
        lines = (ROOT / entry.file).read_text().splitlines()
        assert lines[entry.line - 1] == entry.source.splitlines()[0]
        assert lines[entry.line - 1].removeprefix("async ").startswith(f"def {entry.name}(")
        assert "@pattern" not in entry.source


def test_a_signature_over_several_lines_is_told_on_one():
    assert catalogue[75].signature == (
        'posts_tagged_any_without(include: Collection[str] = ("queue", "lock"), exclude: Collection[str] = ("thread",))'
        " -> QuerySet[Post]"
    )


def test_methods_are_told_in_the_order_of_reading_conditions_included():
    assert catalogue[80].methods == ("any_of", "by")
    assert catalogue[97].methods == ("newest", "after", "limited")


def test_words_of_the_source_that_are_no_methods_of_the_library_are_left_out():
    assert "strip" not in catalogue[40].methods
    assert "Lower" not in catalogue[5].methods


def test_open_parameters_have_no_default():
    (parameter,) = catalogue[3].parameters

    assert parameter.is_open
    assert catalogue[3].defaults == {}


def test_the_catalogue_is_in_order():
    numbers = list(catalogue)

    assert numbers == sorted(numbers)
    assert [entry.number for entry in catalogue.values()] == numbers
    assert len(catalogue) == len(numbers)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("11", [11]), ("1-3", [1, 2, 3]), ("1-2,33", [1, 2, 33]), (" 33 , 1 - 2 ", [33, 1, 2]), ("2,1-3,2", [2, 1, 3])],
)
def test_range(text, numbers):
    assert [entry.number for entry in catalogue.range(text)] == numbers


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0", "there is no pattern 0; there are 1-"),
        ("1-9999", "there is no pattern 9999"),
        ("3-1", "'3-1' ends before it begins; write 1-3"),
        ("", "'' is no range of numbers; write one like 1-20,33"),
        ("1,", "'' is no range"),
        ("a", "'a' is no range"),
        ("1--2", "'1--2' is no range"),
        ("-1", "'-1' is no range"),
        ("١", "'١' is no range"),
    ],
)
def test_range_that_is_none(text, message):
    with pytest.raises(UnknownPattern) as caught:
        catalogue.range(text)

    assert str(caught.value).startswith(message)


def test_a_number_that_no_pattern_has_is_a_key_error_that_says_which_there_are():
    with pytest.raises(KeyError) as caught:
        catalogue[551]

    assert str(caught.value).startswith("there is no pattern 551; there are 1-")
    assert 551 not in catalogue
    assert catalogue.get(551) is None


def test_search_wants_every_word_in_any_case():
    assert catalogue[11] in catalogue.search("RECENT posts")
    assert [entry.number for entry in catalogue.search("recently modified")] == [20]
    assert catalogue.search("recent nonsense") == []


def test_search_finds_by_number_name_method_topic_and_meaning():
    for words in ("82", "posts_with_recent_comments", "having relations recent", "other end of a relation"):
        assert catalogue[82] in catalogue.search(words), words


def test_sections_have_their_entries():
    sections = catalogue.sections()

    assert next(iter(sections)).name == "filtering"
    assert [entry for entries in sections.values() for entry in entries] == list(catalogue.values())


def _elsewhere():
    return None


_elsewhere.__module__ = "example_project.catalogue.filtering.elsewhere"


def test_a_number_is_given_once():
    fresh = Catalogue()
    fresh.add(Entry(11, "Recent posts", recent_posts))
    fresh.add(Entry(11, "Recent posts", recent_posts))  # as when its module is read again

    with pytest.raises(ValueError, match=r"pattern 11 is recent_posts\(\) already, not _elsewhere\(\)"):
        fresh.add(Entry(11, "Another", _elsewhere))


def test_a_number_of_another_section_is_refused():
    with pytest.raises(ValueError, match="pattern 600 does not belong to section 'filtering'"):
        pattern(600, "Comment counts")(_elsewhere)


def test_the_decorator_leaves_the_function_as_it_is():
    assert recent_posts.__name__ == "recent_posts"
    assert not hasattr(recent_posts, "__wrapped__")


def test_importing_the_catalogue_needs_no_models_until_it_is_asked():
    code = "from example_project.catalogue import catalogue; print(catalogue.__class__.__name__)"

    done = subprocess.run([sys.executable, "-c", code], cwd=Path(ROOT), capture_output=True, text=True, check=False)

    assert (done.stdout.strip(), done.stderr) == ("Catalogue", "")
