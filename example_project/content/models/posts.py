"""Posts, the tree of categories that they stand in, and where old ones go."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models.functions import Upper
from django.utils import timezone

from querysets import PatternManager

from .people import User


def _stems(config: str) -> models.expressions.Combinable:
    """Title and content of a post as a weighted text search vector under one configuration."""
    return SearchVector("title", weight="A", config=config) + SearchVector("content", weight="B", config=config)


class Category(models.Model):
    """A place in a tree of categories. The database allows cycles, and the world has some."""

    name = models.CharField(max_length=100)
    slug = models.SlugField(unique=True)
    parent = models.ForeignKey("self", models.SET_NULL, null=True, related_name="children", db_index=False)
    position = models.IntegerField(default=0)

    objects = PatternManager(parent="parent", title="name")

    class Meta:
        verbose_name_plural = "categories"
        constraints = [
            # Deferred: siblings swap places within one transaction. Roots have no parent and never clash, so that
            # deleting a parent cannot fail.
            models.UniqueConstraint(
                fields=["parent", "position"], name="category_place", deferrable=models.Deferrable.DEFERRED
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """Something that a user wrote."""

    class Status(models.TextChoices):
        DRAFT = "draft"
        REVIEW = "review"
        PUBLISHED = "published"
        URGENT = "urgent"
        ARCHIVED = "archived"
        STALE = "stale"

    class Language(models.TextChoices):
        ENGLISH = "en"
        FRENCH = "fr"
        GERMAN = "de"

    title = models.CharField(max_length=200)
    slug = models.SlugField(max_length=220, unique=True)
    content = models.TextField()
    author = models.ForeignKey(User, models.CASCADE, related_name="posts", db_index=False)
    category = models.ForeignKey(Category, models.SET_NULL, null=True, related_name="posts", db_index=False)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.DRAFT)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=2, choices=Language.choices, default=Language.ENGLISH)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    start_time = models.DateTimeField(null=True)
    end_time = models.DateTimeField(null=True)
    rating = models.FloatField(default=0)
    score = models.FloatField(default=0)
    views = models.IntegerField(default=0)
    likes = models.IntegerField(default=0)
    comment_count = models.IntegerField(default=0)
    price = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    discount = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    tags = ArrayField(models.CharField(max_length=50), null=True)
    metadata = models.JSONField(null=True)
    version = models.IntegerField(default=1)
    # Literal configurations: only then is the expression immutable, which PostgreSQL demands of a generated column.
    search = models.GeneratedField(
        expression=models.Case(
            models.When(language="fr", then=_stems("french")),
            models.When(language="de", then=_stems("german")),
            default=_stems("english"),
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = PatternManager(
        timestamp="created_at",
        updated="updated_at",
        published="published_at",
        active="is_active",
        status="status",
        owner="author",
        title="title",
        body="content",
        search_fields=("title", "content"),
        search="search",
        language="language",
        tags="tags",
        metadata="metadata",
        rank="rating",
        score="score",
    )

    class Meta:
        constraints = [
            # The upper bound keeps NaN out as well, which PostgreSQL sorts above every number.
            models.CheckConstraint(condition=models.Q(rating__range=(0, 5)), name="post_rating_range"),
            models.CheckConstraint(condition=models.Q(price__gte=0), name="post_price_not_negative"),
        ]
        indexes = [
            models.Index(fields=["author", "-created_at", "-id"], name="post_author_newest"),
            models.Index(fields=["category", "-created_at", "-id"], name="post_category_newest"),
            models.Index(fields=["-created_at", "-id"], name="post_newest"),
            models.Index(fields=["updated_at"], name="post_updated"),
            models.Index(fields=["status"], name="post_status"),
            GinIndex(fields=["search"], name="post_search"),
            GinIndex(SearchVector("title", "content", config="french_unaccent"), name="post_search_unaccented"),
            GinIndex(fields=["tags"], name="post_tags"),
            GinIndex(fields=["metadata"], name="post_metadata"),
            GinIndex(fields=["metadata"], opclasses=["jsonb_path_ops"], name="post_metadata_path"),
            GinIndex(fields=["title"], opclasses=["gin_trgm_ops"], name="post_title_trgm"),
            GinIndex(fields=["content"], opclasses=["gin_trgm_ops"], name="post_content_trgm"),
            # Django writes icontains as UPPER(title) LIKE UPPER(...): an index on the bare column does not serve it.
            GinIndex(OpClass(Upper("title"), name="gin_trgm_ops"), name="post_title_upper_trgm"),
            GinIndex(OpClass(Upper("content"), name="gin_trgm_ops"), name="post_content_upper_trgm"),
            GistIndex(fields=["title"], opclasses=["gist_trgm_ops"], name="post_title_distance"),
        ]

    def __str__(self) -> str:
        return self.title


class ArchivedPost(models.Model):
    """A post that was moved out of the way."""

    slug = models.SlugField(max_length=220, unique=True)
    title = models.CharField(max_length=200)
    content = models.TextField()
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="archived_posts")
    created_at = models.DateTimeField(default=timezone.now)
    archived_at = models.DateTimeField(default=timezone.now)

    objects = PatternManager(owner="author", title="title", body="content")

    def __str__(self) -> str:
        return self.title
