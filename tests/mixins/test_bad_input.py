"""What cannot be answered is refused at the call, before any SQL, by a message that says where, what, and what would do."""

# ruff: noqa: E501 (one refusal a line)
from __future__ import annotations

from datetime import date, datetime

import pytest
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import connection
from django.db.models import F, Q
from django.test.utils import CaptureQueriesContext

from example_project.content.models import Category, Comment, Post, User
from querysets import P
from querysets.errors import PatternError

NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001 (the point)

REFUSED = {
    # a name that is none
    "by a field that is not there": (lambda: Post.objects.by(titel="x"), FieldError, r"content\.Post: by\(\).*titel.*did you mean 'title'"),
    "by a lookup": (lambda: Post.objects.by(author__password__startswith="x"), FieldError, "no field 'password'"),
    "by a lookup at the end": (lambda: Post.objects.by(title__startswith="x"), FieldError, "'title' .* is not a relation"),
    "by a connector": (lambda: Post.objects.by(_connector="OR"), FieldError, "_connector"),
    "by a to-many path": (lambda: Post.objects.by(comments__score=1), FieldError, r"crosses a to-many relation; use having\('comments'"),
    "order by a field that is not there": (lambda: Post.objects.ranked("-ratng"), FieldError, r"ranked\(\).*did you mean 'rating'"),
    "order by a to-many path": (lambda: Post.objects.ranked("comments__score"), FieldError, "to-many"),
    "group by a field that is not there": (lambda: Post.objects.count_by("stat"), FieldError, "status"),
    "a relation that is none": (lambda: Post.objects.having("title"), FieldError, r"having\(\): 'title' in 'title' is not a relation"),
    "a condition on a field that is not there": (lambda: Post.objects.having("comments", P.by(titel=1)), FieldError, "content.Comment.*titel"),
    "a role that is not there": (lambda: Category.objects.recent(1), ImproperlyConfigured, r"content\.Category: recent\(\) needs a 'timestamp' field.*pass field=.*PatternManager\(timestamp="),
    "a field that is no name": (lambda: Post.objects.ranked(3), TypeError, "an order key is the name"),
    # times
    "a naive datetime": (lambda: Post.objects.between(NAIVE, None), ValueError, r"between\(\).*aware datetime, got the naive 2026-01-01T00:00:00"),
    "a naive datetime as a value": (lambda: Post.objects.at_least(created_at=NAIVE), ValueError, "naive"),
    "a naive datetime in a list": (lambda: Post.objects.by(created_at=[NAIVE]), ValueError, "naive"),
    "a naive now": (lambda: Post.objects.recent(1, at=NAIVE), ValueError, "naive"),
    "month 13": (lambda: Post.objects.during(2026, 13), ValueError, r"during\(\): month must be in 1\.\.12, got 13"),
    "quarter 5": (lambda: Post.objects.during(2026, quarter=5), ValueError, r"1\.\.4"),
    "week 53 of a short year": (lambda: Post.objects.during(2025, week=53), ValueError, r"1\.\.52"),
    "a negative number of hours": (lambda: Post.objects.recent(-1), ValueError, "0 or more"),
    "hours that are not a number": (lambda: Post.objects.recent(float("nan")), ValueError, "finite"),
    "hours beyond the calendar": (lambda: Post.objects.recent(10**12), ValueError, "years 1 to 9999"),
    "hours as a text": (lambda: Post.objects.recent("24"), TypeError, "hours must be a number"),
    "a day as a text": (lambda: Post.objects.between("2026-01-01", None), TypeError, "must be a date or an aware datetime"),
    "a datetime as a day": (lambda: Post.objects.during(datetime(2026, 1, 1, tzinfo=None)), ValueError, "a day is a date"),  # noqa: DTZ001
    "a zone that is none": (lambda: Post.objects.this("day", tz="Mars/Olympus"), ValueError, "name of a time zone"),
    "a unit that is none": (lambda: Post.objects.this("fortnight"), ValueError, "unit must be one of"),
    "a time of a text": (lambda: Post.objects.newest().recent(1, field="title"), FieldError, "no date or datetime"),
    # numbers
    "a negative limit": (lambda: Post.objects.limited(-1), ValueError, "n must be 0 or more, got -1"),
    "a broken limit": (lambda: Post.objects.limited(1.5), TypeError, "whole number"),
    "a negative number of each": (lambda: Post.objects.top_per("author", -1), ValueError, "0 or more"),
    "a fraction above one": (lambda: Post.objects.sampled(1.1), ValueError, r"0\.\.1"),
    "a shard outside": (lambda: Post.objects.sharded(4, 4), ValueError, r"index must be in 0\.\.3, got 4"),
    "no shards": (lambda: Post.objects.sharded(0, 0), ValueError, "of must be 1 or more"),
    "a bound that is None": (lambda: Post.objects.at_least(rating=None), ValueError, r"by\(rating=None\) finds NULL"),
    "a range that is no pair": (lambda: Post.objects.within(rating=4), ValueError, r"a pair \(low, high\)"),
    "a negative number of related rows": (lambda: Post.objects.having("comments", at_least=-1), ValueError, "at_least must be 0 or more"),
    # conditions and aliases
    "a condition that is none": (lambda: Post.objects.any_of("draft"), TypeError, r"a condition is P.name"),
    "a condition that does more than filter": (lambda: P.any_of(lambda: 1) and Post.objects.any_of(print), TypeError, "a condition is"),
    "an alias that clashes": (lambda: Post.objects.with_count("comments").with_count("comments", P.active()), ValueError, r"earlier with_count\(\).*pass as_="),
    "an alias that is a field": (lambda: Post.objects.with_count("comments", as_="views"), ValueError, "is a field of content.Post"),
    "an alias that is no identifier": (lambda: Post.objects.with_rank(as_="a b"), ValueError, "must be an identifier"),
    "no key to group by": (Post.objects.count_by, TypeError, "at least one key"),
    "no field to look for copies": (Post.objects.duplicated, TypeError, "at least one field"),
    "a name from outside": (lambda: User.objects.allowed({"credits": 1}), ValueError, r"'credits' may not be filtered by"),
    "an order from outside": (lambda: Post.objects.sorted_by("views", ["rating"]), ValueError, "no key to sort by"),
    "a text where a list is meant": (lambda: Post.objects.having_each("comments__user", "12"), TypeError, "list, tuple or set"),
    "a generator where a list is meant": (lambda: Post.objects.by(pk=(n for n in [1])), TypeError, "list, tuple or set"),
    # settings
    "a setting that is none": (lambda: Post.objects.tuned(ef_serach=1), TypeError, "did you mean 'ef_search'"),
    "a setting out of range": (lambda: Post.objects.tuned(ef_search=0), ValueError, "from 1 to 1000"),
    "a time limit of nothing": (lambda: Post.objects.timeout(0), ValueError, "milliseconds"),
    "a label with a comment's end": (lambda: Post.objects.labelled("x */ DROP"), ValueError, "1 to 64"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_before_any_sql(rows, name):
    call, error, message = REFUSED[name]
    with CaptureQueriesContext(connection) as queries, pytest.raises(error, match=message) as caught:
        call()
    assert not queries.captured_queries
    assert isinstance(caught.value, (PatternError, ValueError, TypeError))


EMPTY = {
    "low above high": lambda: Post.objects.within(rating=(4, 1)),
    "start behind end": lambda: Post.objects.between(date(2026, 2, 1), date(2026, 1, 1)),
    "a NUL byte": lambda: Post.objects.matching("a\0"),
    "a NUL byte as a value": lambda: Post.objects.by(title="\0"),
    "half a character as a value": lambda: Post.objects.by(title=["\ud800"]),
    "none of nothing": lambda: Post.objects.by(status=[]),
    "any of no condition": Post.objects.any_of,
    "any of no tag": lambda: Post.objects.tagged(match="any"),
    "limit 0": lambda: Post.objects.limited(0),
    "no weekday": Post.objects.on_weekdays,
}


@pytest.mark.parametrize("name", EMPTY)
def test_what_nothing_can_match_is_no_row(rows, name):
    assert list(EMPTY[name]()) == []
    assert EMPTY[name]().count() == 0
    assert not EMPTY[name]().exists()


EVERYTHING = {
    "a blank term": lambda: Post.objects.matching(" \t"),
    "a blank prefix": lambda: Post.objects.starting(""),
    "all of no tag": Post.objects.tagged,
    "excluding nothing": lambda: Post.objects.excluding(status=[]),
    "excluding no name": Post.objects.excluding,
    "none of no condition": Post.objects.none_of,
    "at least no related row": lambda: Post.objects.having("comments", at_least=0),
    "each of no value": lambda: Post.objects.having_each("comments__user", []),
    "an empty condition": lambda: Post.objects.any_of(Q()),
    "a list of ten thousand": lambda: Post.objects.excluding(pk=list(range(-10_000, 0))),
}


@pytest.mark.parametrize("name", EVERYTHING)
def test_what_restricts_nothing_is_every_row(rows, name):
    assert EVERYTHING[name]().count() == len(rows.posts)


def test_percent_in_a_term_and_in_a_label_of_nothing_reaches_sql_as_text(rows):
    Comment.objects.filter(pk=rows.comments[0].pk).update(content="50 % off")
    assert Comment.objects.matching("50 %", "content").get() == rows.comments[0]
    assert Comment.objects.by(content="50 % off").values(n=F("pk")).get() == {"n": rows.comments[0].pk}
