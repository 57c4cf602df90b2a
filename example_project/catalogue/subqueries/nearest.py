"""Patterns by one related row: the latest, the first, the best, the n-th, the one that held at a moment."""

from __future__ import annotations

from django.db.models import F, OuterRef, QuerySet
from django.db.models.functions import Round

from example_project.catalogue import pattern
from example_project.content.models import Comment, Order, Post, Rate, User
from querysets import P


@pattern(181, "Posts with their latest comment")
def posts_with_latest_comment() -> QuerySet[Post]:
    """Posts with ``comments_content`` of the newest comment, active or not; NULL for those without comments."""
    return Post.objects.with_latest("comments", "content")


@pattern(184, "Users with their best post")
def users_with_top_post() -> QuerySet[User]:
    """Users with ``posts_title`` of their best rated post, of several the one with the highest id; NULL for none."""
    return User.objects.with_top("posts", "title", by="-rating")


@pattern(188, "Users with their last order")
def users_with_last_order() -> QuerySet[User]:
    """Users with ``orders_amount`` of their newest order, whatever its status; NULL for those without orders."""
    return User.objects.with_latest("orders", "amount")


@pattern(191, "Posts with their most frequent commenter")
def posts_with_top_commenter() -> QuerySet[Post]:
    """Posts with ``top_commenter``, the id of the user with most comments, of several the lowest; NULL for none."""
    return Post.objects.with_mode("comments", "user", as_="top_commenter")


@pattern(193, "Users with the best comment on their best post")
def users_with_top_comment() -> QuerySet[User]:
    """Users with ``top_post``, the id of their best rated post, and ``top_comment``, its best scored comment.

    Comments without a score come last.
    """
    comments = Comment.objects.by(post=OuterRef("top_post"))
    best = User.objects.with_top("posts", "id", by="-rating", as_="top_post")
    return best.with_top(comments, "content", by="-score", as_="top_comment")


@pattern(197, "Posts with the delay of the first reply")
def posts_with_first_reply_delay() -> QuerySet[Post]:
    """Posts with ``delay`` until ``replied_at``, the first comment by anyone but the author; NULL without one."""
    replied = Post.objects.with_earliest(
        "comments", "created_at", where=~P.by(user=OuterRef("author")), as_="replied_at"
    )
    return replied.with_duration("created_at", "replied_at", as_="delay")


@pattern(198, "Posts with their latest active comment")
def posts_with_latest_active_comment() -> QuerySet[Post]:
    """Posts with id, content and username of the newest active comment, all three of the same one."""
    return Post.objects.with_latest("comments", "id", "content", "user__username", where=P.active(), as_="last")


@pattern(199, "Users with their n-th post")
def users_with_nth_post(n: int = 2) -> QuerySet[User]:
    """Users with ``nth_title`` of the post that was their ``n``-th; NULL for fewer; below 1 a ``ValueError``."""
    return User.objects.with_top("posts", "title", by="created_at", nth=n, as_="nth_title")


@pattern(200, "Users by their last order")
def users_whose_last_order(status: str = "shipped") -> QuerySet[User]:
    """Users whose newest order has the status: an older one does not count."""
    return User.objects.whose_latest("orders", status=status)


@pattern(202, "Users with their favourite category")
def users_with_favourite_category() -> QuerySet[User]:
    """Users with ``favourite``, the name of the category of most of their posts, of several the first by alphabet."""
    return User.objects.with_mode("posts", "category__name", as_="favourite")


@pattern(211, "Posts with the last known price")
def posts_with_last_known_price() -> QuerySet[Post]:
    """Posts with ``known_price``: their own price, or that of the author's latest post before them that has one."""
    earlier = P.below(created_at=OuterRef("created_at"))
    together = P.by(created_at=OuterRef("created_at")) & P.at_most(pk=OuterRef("pk"))
    priced = Post.objects.by(author=OuterRef("author")).excluding(price=None)
    return Post.objects.with_latest(priced.any_of(earlier, together), "price", as_="known_price")


@pattern(217, "Posts opened by their author")
def posts_opened_by_author() -> QuerySet[Post]:
    """Posts whose first comment is the author's own."""
    return Post.objects.whose_earliest("comments", user=OuterRef("author"))


@pattern(224, "Posts with the next post by somebody else")
def posts_with_next_by_others() -> QuerySet[Post]:
    """Posts with ``next_by_other``, the id of the first later one of the category by another author; NULL for none."""
    others = Post.objects.by(category=OuterRef("category")).excluding(author=OuterRef("author"))
    later = others.above(created_at=OuterRef("created_at"))
    return Post.objects.with_earliest(later, "id", as_="next_by_other")


@pattern(228, "Orders in euro")
def orders_in_euro() -> QuerySet[Order]:
    """Orders with ``euro``, by the rate that held when they were made, to the cent; NULL before the first rate."""
    rates = Rate.objects.with_expr(euro=Round(OuterRef("amount") * F("rate"), 2))
    return Order.objects.with_as_of(
        rates, "euro", on={"currency": "currency"}, at="created_at", valid_from="valid_from", as_="euro"
    )
