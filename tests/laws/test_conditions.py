"""Laws of ``P``: each filter as a condition, with its exact complement, on rows, on related rows, inside aggregates."""

from __future__ import annotations

import pickle

import pytest
from django.db.models import Case, Count, F, Q, When

from example_project.content.models import Post, User
from querysets import P, PatternQuerySet, condition
from querysets.kinds import methods

from .steps import on_rows, see
from .trial import base


def conditions():
    """Every sample of every filter that says all by its arguments, as ``(step, condition)``."""
    declared = methods(PatternQuerySet)
    return [
        pytest.param(step, getattr(P, name)(*step.sample.args, **step.sample.kwargs), id=str(step))
        for step in on_rows()
        if (name := str(step).split("(")[0]) and declared[name].kinds == {"filter"} and step.sample.prepared is None
    ]


def pks(rows):
    return set(see(rows).rows)


def on_posts(step):
    return step.sample.model is Post


@pytest.mark.parametrize(("step", "each"), conditions())
def test_holds_for_the_rows_that_the_method_keeps(step, each, few):
    kept = pks(step(base(step)))
    assert pks(base(step).any_of(each)) == kept
    assert pks(base(step).any_of(each & each)) == kept
    assert pks(base(step).any_of(Q() & each)) == kept
    assert pks(base(step).filter(each)) == kept
    assert pks(base(step).any_of(each | each)) == kept


@pytest.mark.parametrize(("step", "each"), conditions())
def test_any_of_and_none_of_share_all_rows_between_them(step, each, few):
    rows = base(step)
    every, kept, rest = pks(rows.all()), pks(rows.any_of(each)), pks(rows.none_of(each))
    assert kept | rest == every
    assert not kept & rest
    assert pks(rows.any_of(~each)) == rest
    assert pks(rows.none_of(~each)) == kept
    assert pks(rows.any_of(~~each)) == kept
    assert pks(rows.any_of(each | ~each)) == every
    assert not pks(rows.any_of(each & ~each))
    assert pks(rows.none_of(each, P.by(pk=[1, 2]))) == rest - {1, 2}
    assert pks(rows.any_of(~(each & P.by(pk=[1, 2])))) == rest | (every - {1, 2})


@pytest.mark.parametrize(("step", "each"), conditions())
def test_is_resolved_on_related_rows(step, each, few):
    if not on_posts(step):
        return
    authors = {post.author_id for post in step(Post.objects.all())}
    others = {post.author_id for post in Post.objects.none_of(each)}
    every = pks(User.objects.all())
    assert pks(User.objects.having("posts", each)) == authors
    assert pks(User.objects.lacking("posts", each)) == every - authors
    assert pks(User.objects.having("posts", ~each)) == others
    assert pks(User.objects.having_only("posts", each)) == authors - others
    assert pks(User.objects.any_of(P.having("posts", each))) == authors


@pytest.mark.parametrize(("step", "each"), conditions())
def test_counts_inside_aggregates_and_annotations(step, each, few):
    if not on_posts(step):
        return
    kept = step(Post.objects.all()).count()
    groups = Post.objects.per("status").with_count(None, each, as_="n").with_count(None, ~each, as_="others")
    assert sum(row["n"] for row in groups) == kept
    assert sum(row["others"] for row in groups) == Post.objects.count() - kept
    assert sum(user.n for user in User.objects.with_count("posts", each, as_="n")) == kept


@pytest.mark.parametrize(("step", "each"), conditions())
def test_is_a_value(step, each, few):
    """It may be kept, pickled and used again: nothing of it belongs to one queryset."""
    kept = pks(step(base(step)))
    assert pks(base(step).any_of(each)) == pks(base(step).any_of(each)) == kept
    assert pks(base(step).any_of(pickle.loads(pickle.dumps(each)))) == kept  # noqa: S301


def test_annotations_that_are_null_are_on_the_side_of_none_of(few):
    rows = Post.objects.with_ratio("likes", "comment_count", as_="share").with_ratio("price", "discount", as_="off")
    for each in (
        P.above(share=1),
        P.by(off=None),
        P.below(share=F("off")),
        P.by(share=[1, 2]),
        P.within(off=(1, None)),
    ):
        assert rows.any_of(each).exists()
        assert not pks(rows.any_of(each)) & pks(rows.none_of(each))
        assert pks(rows.any_of(each)) | pks(rows.none_of(each)) == pks(rows)


class OwnQuerySet(PatternQuerySet[Post]):
    """With a filter of a user's own, made of ours and of Django's."""

    def noted(self, least):
        return self.at_least(rating=least).filter(Q(likes__gt=0) | Q(price=None)).exclude(status="stale")


def test_a_filter_of_ones_own_becomes_a_condition(world):
    noted = condition(OwnQuerySet.noted)
    own = pks(OwnQuerySet(Post).noted(3))
    assert own
    assert pks(Post.objects.any_of(noted(3))) == own
    assert pks(Post.objects.none_of(noted(3))) == pks(Post.objects.all()) - own


def test_goes_where_django_takes_a_q(world):
    dear = pks(Post.objects.at_least(price=5))
    for rows in (
        Post.objects.filter(P.at_least(price=5)),
        Post.objects.filter(Q(P.at_least(price=5)), status__gt=""),
        Post.objects.annotate(n=Case(When(P.at_least(price=5), then=1), default=0)).filter(n=1),
        Post.objects.exclude(~P.at_least(price=5)),
    ):
        assert pks(rows) == dear
    commented = Post.objects.aggregate(n=Count("pk", filter=P.having("comments", P.by(score=[1, None]))))
    assert commented["n"] == Post.objects.having("comments", score=[1, None]).count() > 0
    assert pks(Post.objects.filter(Q(likes=2) | P.at_least(price=5))) == dear | pks(Post.objects.filter(likes=2))


def test_what_is_no_filter_is_no_condition():
    with pytest.raises(TypeError, match="newest"):
        condition(lambda rows: rows.by(status="draft").newest())()


def test_an_aggregate_takes_a_condition_where_rows_are_none(world):
    nobody = Post.objects.per("status").with_count(None, P.any_of(), as_="n")
    assert {row["n"] for row in nobody} == {0}
    assert Post.objects.aggregate(n=Count("pk", filter=P.any_of())) == {"n": 0}
    assert Post.objects.aggregate(n=Count("pk", filter=P.none_of())) == {"n": len(world.posts)}
