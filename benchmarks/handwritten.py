"""Patterns beside the best SQL that we could write for them by hand, on the large world.

``python -m benchmarks.handwritten`` takes all pairs, ``python -m benchmarks.handwritten 112 page`` some; the database
is that of ``DATABASE_URL``, loaded by ``manage.py world --scale large``. Both statements of a pair must give the same
rows. Then they are run in turn, and the figure is the median of the ratios, ours over by hand, with the least and the
greatest. The time is that of planning and execution on the server (``EXPLAIN ANALYZE``): what it takes to send and to
read the rows is the same for both, and would hide the difference. Writes are rolled back.

Exits with 1 if rows differ or a ratio is above its bar.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import django

RUNS, BAR = 5, 10.0
Statement = tuple[str, Sequence[Any]]


@dataclass(frozen=True)
class Pair:
    """What we do, and how it is written by hand.

    Attributes
    ----------
    ours
        Gives a queryset, or writes.
    by_hand
        One statement; ``%s`` stands for ``values``.
    same
        What of a row ``t`` is compared, as columns in SQL; of a write, a query of what it leaves.
    values
        Of ``by_hand``.
    bar
        The highest ratio that will do: below 1 where what stands beside ours is a slow way, above it where that does
        less.
    runs
        How many of each.
    """

    name: str
    ours: Callable[[], Any]
    by_hand: str
    same: str
    values: Sequence[Any] = ()
    bar: float = BAR
    runs: int = RUNS

    @property
    def writes(self) -> bool:
        """Whether the pair changes rows."""
        return self.by_hand.lstrip().startswith("UPDATE")


RANKED = """
SELECT p.*, RANK() OVER (PARTITION BY category_id ORDER BY rating DESC) AS rank FROM content_post p
"""

COUNTED = """
SELECT p.*, COALESCE(c.n, 0) AS comments_count, COALESCE(r.n, 0) AS reactions_count
FROM content_post p
LEFT JOIN (SELECT post_id, COUNT(*) AS n FROM content_comment GROUP BY post_id) c ON c.post_id = p.id
LEFT JOIN (SELECT post_id, COUNT(*) AS n FROM content_reaction GROUP BY post_id) r ON r.post_id = p.id
"""

LAST_ACTIVITY = """
SELECT u.*, GREATEST(p.last, c.last) AS last_activity
FROM content_user u
LEFT JOIN (SELECT author_id, MAX(created_at) AS last FROM content_post GROUP BY author_id) p ON p.author_id = u.id
LEFT JOIN (SELECT user_id, MAX(created_at) AS last FROM content_comment GROUP BY user_id) c ON c.user_id = u.id
"""

ABOVE_AVERAGE = """
SELECT p.*
FROM content_post p
JOIN (SELECT COALESCE(category_id, 0) AS category, AVG(rating) AS mean FROM content_post GROUP BY 1) a
  ON a.category = COALESCE(p.category_id, 0)
WHERE p.rating > a.mean
"""

TOP_PER_CATEGORY = """
SELECT p.*
FROM (
  SELECT id, ROW_NUMBER() OVER (PARTITION BY category_id ORDER BY rating DESC, id DESC) AS place FROM content_post
) r
JOIN content_post p USING (id)
WHERE r.place <= 3
"""

STREAKS = """
SELECT author_id AS author, MIN(day) AS first, MAX(day) AS last, COUNT(*) AS length
FROM (
  SELECT author_id, day, day - ROW_NUMBER() OVER (PARTITION BY author_id ORDER BY day)::int AS run
  FROM (SELECT DISTINCT author_id, (created_at AT TIME ZONE 'UTC')::date AS day FROM content_post) d
) numbered
GROUP BY author_id, run
ORDER BY author_id, first
"""

DISTRIBUTION = """
SELECT COALESCE(c.n, 0) AS comments_count, COUNT(*) AS posts
FROM content_post p
LEFT JOIN (SELECT post_id, COUNT(*) AS n FROM content_comment GROUP BY post_id) c ON c.post_id = p.id
GROUP BY 1
ORDER BY 1
"""

GROWTH = """
SELECT month AS period, n AS count, (n - LAG(n) OVER w)::float8 / NULLIF(LAG(n) OVER w, 0) AS growth
FROM (
  SELECT s.month, COALESCE(c.n, 0) AS n
  FROM generate_series(%s::timestamptz, %s::timestamptz - interval '1 microsecond', '1 month', 'UTC') s (month)
  LEFT JOIN (
    SELECT date_trunc('month', created_at, 'UTC') AS month, COUNT(*) AS n
    FROM content_post
    WHERE created_at >= %s AND created_at < %s
    GROUP BY 1
  ) c USING (month)
) filled
WINDOW w AS (ORDER BY month)
ORDER BY month
"""

COHORTS = """
WITH started AS (
  SELECT id, date_trunc('month', joined_at, 'UTC') AS cohort FROM content_user
), sizes AS (
  SELECT cohort, COUNT(*) AS size FROM started GROUP BY 1
), seen AS (
  SELECT s.cohort, a.month, COUNT(*) AS active
  FROM (SELECT DISTINCT user_id, date_trunc('month', created_at, 'UTC') AS month FROM content_comment) a
  JOIN started s ON s.id = a.user_id
  GROUP BY 1, 2
)
SELECT z.cohort, m.number - 1 AS offset, z.size, COALESCE(n.active, 0) AS active,
  COALESCE(n.active, 0)::float8 / z.size AS share
FROM sizes z
CROSS JOIN LATERAL generate_series(z.cohort, %s::timestamptz, '1 month', 'UTC') WITH ORDINALITY AS m (month, number)
LEFT JOIN seen n ON n.cohort = z.cohort AND n.month = m.month
ORDER BY 1, 2
"""

LATEST_COMMENT = """
SELECT p.*, c.content AS comments_content
FROM content_post p
LEFT JOIN (
  SELECT DISTINCT ON (post_id) post_id, content FROM content_comment ORDER BY post_id, created_at DESC, id DESC
) c ON c.post_id = p.id
"""

BEST_OF_CATEGORY = """
SELECT p.*, a.best AS max_category_rating
FROM content_post p
JOIN (SELECT COALESCE(category_id, 0) AS category, MAX(rating) AS best FROM content_post GROUP BY 1) a
  ON a.category = COALESCE(p.category_id, 0)
WHERE p.status = 'published'
"""

TOP_PER_MONTH = """
SELECT p.*, r.month
FROM (
  SELECT id, month, ROW_NUMBER() OVER (PARTITION BY category_id, month ORDER BY rating DESC, id DESC) AS place
  FROM (
    SELECT id, category_id, rating, date_trunc('month', created_at, 'Europe/Paris') AS month FROM content_post
  ) posts
) r
JOIN content_post p USING (id)
WHERE r.place <= 3
"""

IN_EURO = """
SELECT o.*, ROUND(o.amount * r.rate, 2) AS euro
FROM content_order o
LEFT JOIN (
  SELECT currency, rate, valid_from, LEAD(valid_from) OVER (PARTITION BY currency ORDER BY valid_from) AS until
  FROM content_rate
) r ON r.currency = o.currency AND r.valid_from <= o.created_at AND (r.until IS NULL OR o.created_at < r.until)
"""

SYNCED = """
UPDATE content_post p
SET comment_count = s.n
FROM (
  SELECT q.id, COALESCE(c.n, 0) AS n
  FROM content_post q
  LEFT JOIN (SELECT post_id, COUNT(*) AS n FROM content_comment WHERE is_active GROUP BY post_id) c ON c.post_id = q.id
  WHERE q.id <= 10000
) s
WHERE p.id = s.id AND p.comment_count <> s.n
"""
SYNCED_ROWS = "SELECT id, comment_count FROM content_post WHERE id <= 10000"

KEY_STATS = """
SELECT key AS _key, JSONB_TYPEOF(value) AS _kind, COUNT(*) AS _count
FROM content_post, JSONB_EACH(CASE JSONB_TYPEOF(metadata) WHEN 'object' THEN metadata END)
GROUP BY 1, 2
UNION ALL
SELECT NULL, NULL, COUNT(*) FROM content_post
"""

BY_JSON = """
SELECT metadata ->> 'editor' AS value, COUNT(*) AS count FROM content_post GROUP BY 1 ORDER BY 2 DESC, 1
"""

COMMENTERS = """
SELECT p.*, COALESCE(c.users, '{}') AS commenters
FROM content_post p
LEFT JOIN (
  SELECT post_id, ARRAY_AGG(DISTINCT user_id ORDER BY user_id) AS users FROM content_comment WHERE is_active GROUP BY 1
) c ON c.post_id = p.id
"""

RECENT_COMMENTS = """
SELECT p.*, COALESCE(c.list, '[]') AS comments_list
FROM content_post p
LEFT JOIN (
  SELECT post_id,
    JSONB_AGG(JSONB_BUILD_OBJECT('id', id, 'content', content, 'user__username', username) ORDER BY place) AS list
  FROM (
    SELECT c.id, c.post_id, c.content, u.username,
      ROW_NUMBER() OVER (PARTITION BY post_id ORDER BY c.created_at DESC, c.id DESC) AS place
    FROM content_comment c
    JOIN content_user u ON u.id = c.user_id
  ) placed
  WHERE place <= 3
  GROUP BY post_id
) c ON c.post_id = p.id
"""

TAG_PAIRS = """
SELECT x.tag AS a, y.tag AS b, COUNT(*) AS count
FROM content_post p
CROSS JOIN LATERAL (SELECT DISTINCT UNNEST(p.tags)) x (tag)
JOIN LATERAL (SELECT DISTINCT UNNEST(p.tags)) y (tag) ON x.tag < y.tag
GROUP BY 1, 2
HAVING COUNT(*) >= 10
ORDER BY 3 DESC, 1, 2
"""

RELATED = """
SELECT p.*, s.shared, s.shared::float8 / s.every AS jaccard
FROM content_post p
CROSS JOIN (SELECT ARRAY_AGG(DISTINCT tag) AS tags FROM content_post, UNNEST(tags) tag WHERE id = 1) o
CROSS JOIN LATERAL (
  SELECT COUNT(DISTINCT tag) FILTER (WHERE tag = ANY(o.tags)) AS shared,
    COUNT(DISTINCT tag) FILTER (WHERE tag <> ALL(o.tags)) + CARDINALITY(o.tags) AS every
  FROM UNNEST(p.tags) tag
) s
WHERE p.id <> 1 AND p.tags && o.tags
ORDER BY s.shared DESC, jaccard DESC, p.id
"""

PAGE = "SELECT * FROM content_post ORDER BY created_at DESC, id DESC LIMIT 20"

LOOSE = """
WITH RECURSIVE loose (v) AS (
  (SELECT category_id FROM content_post WHERE category_id IS NOT NULL ORDER BY category_id LIMIT 1)
  UNION ALL
  SELECT (SELECT category_id FROM content_post WHERE category_id > v ORDER BY category_id LIMIT 1)
  FROM loose
  WHERE v IS NOT NULL
)
SELECT v FROM loose WHERE v IS NOT NULL ORDER BY v
"""
DISTINCT = "SELECT DISTINCT category_id FROM content_post WHERE category_id IS NOT NULL ORDER BY category_id"

# Sliced by Django, what is annotated is computed for the rows that are passed over as well.
DEEP_PAGE = """
SELECT p.*, (SELECT COUNT(*) FROM content_comment c WHERE c.post_id = p.id) AS comments_count
FROM content_post p
ORDER BY p.created_at DESC, p.id DESC
LIMIT 20 OFFSET 199980
"""

LATEST_BY_WINDOW = """
SELECT *
FROM (
  SELECT p.*, ROW_NUMBER() OVER (PARTITION BY category_id ORDER BY created_at DESC, id DESC) AS place
  FROM content_post p
) r
WHERE r.place = 1
"""

SEARCHED = """
SELECT p.*
FROM content_post p
WHERE language = 'en' AND search @@ websearch_to_tsquery('english', %s)
  OR language = 'fr' AND search @@ websearch_to_tsquery('french', %s)
  OR language = 'de' AND search @@ websearch_to_tsquery('german', %s)
ORDER BY ts_rank(
  search,
  CASE language
    WHEN 'en' THEN websearch_to_tsquery('english', %s)
    WHEN 'fr' THEN websearch_to_tsquery('french', %s)
    ELSE websearch_to_tsquery('german', %s)
  END,
  32
) DESC, id DESC
"""

SEARCHED_UNSTORED = """
SELECT p.*, ts_rank(to_tsvector(COALESCE(title, '') || ' ' || COALESCE(content, '')), plainto_tsquery(%s)) AS rank
FROM content_post p
WHERE to_tsvector(COALESCE(title, '') || ' ' || COALESCE(content, '')) @@ plainto_tsquery(%s)
ORDER BY rank DESC
"""

HEADLINES = f"""
SELECT id, ts_headline(
  CASE language WHEN 'fr' THEN 'french'::regconfig WHEN 'de' THEN 'german' ELSE 'english' END,
  content,
  CASE language
    WHEN 'en' THEN websearch_to_tsquery('english', %s)
    WHEN 'fr' THEN websearch_to_tsquery('french', %s)
    ELSE websearch_to_tsquery('german', %s)
  END,
  'StartSel="\ue000", StopSel="\ue001"'
) AS headline
FROM ({SEARCHED} LIMIT 10) found
"""  # noqa: S608 (only what stands above)

RESEMBLING = """
SELECT p.*
FROM content_post p
WHERE UPPER(title) %% UPPER(%s)
  AND NOT EXISTS (SELECT FROM content_post WHERE search @@ websearch_to_tsquery('english', %s))
ORDER BY similarity(UPPER(title), UPPER(%s)) DESC, id DESC
"""

NEAREST_NAMES = "SELECT username FROM content_user ORDER BY username <-> %s, id LIMIT 3"

SIMILAR_PAIRS = """
SELECT a.id AS a, b.id AS b
FROM content_post a
JOIN content_post b ON b.id > a.id AND similarity(UPPER(a.title), UPPER(b.title)) >= 0.8
WHERE a.id <= 500 AND b.id <= 500
"""

LEXEMES = """
SELECT word, ndoc, nentry
FROM ts_stat('SELECT search FROM content_post WHERE id <= 10000')
ORDER BY ndoc DESC, word
LIMIT 20
"""


def pairs() -> list[Pair]:
    """All of them."""
    from datetime import UTC, datetime

    from django.db.models import Count

    from example_project.catalogue import catalogue
    from example_project.content.models import Post
    from example_project.world.models import Loaded
    from querysets import P

    def entry(number: int, by_hand: str, same: str = "t.*", values: Sequence[Any] = (), **arguments: Any) -> Pair:
        return Pair(str(number), lambda: catalogue[number].function(**arguments), by_hand, same, values)

    world: Any = Loaded.objects.get()
    year = {"start": datetime(2025, 1, 1, tzinfo=UTC), "end": datetime(2026, 1, 1, tzinfo=UTC)}
    some, found = Post.objects.at_most(pk=10_000), Post.objects.about("semaphore")
    return [
        entry(112, RANKED, "id, rank"),
        entry(123, COUNTED, "id, comments_count, reactions_count"),
        entry(126, LAST_ACTIVITY, "id, last_activity"),
        entry(132, ABOVE_AVERAGE, "id"),
        entry(135, TOP_PER_CATEGORY, "id", n=3),
        entry(145, STREAKS, "author, first::date, last::date, length"),
        entry(160, DISTRIBUTION),
        entry(168, GROWTH, "period, count, ROUND(growth::numeric, 9)", [*year.values()] * 2, **year),
        entry(170, COHORTS, '"cohort", "offset", size, active, ROUND(share::numeric, 9)', [world.now], at=world.now),
        entry(181, LATEST_COMMENT, "id, comments_content"),
        entry(196, BEST_OF_CATEGORY, "id, max_category_rating"),
        entry(219, TOP_PER_MONTH, "id", n=3, tz="Europe/Paris"),
        entry(228, IN_EURO, "id, euro"),
        Pair("248", lambda: some.sync_rollup("comment_count", "comments", Count("*"), P.active()), SYNCED, SYNCED_ROWS),
        entry(272, COMMENTERS, "id, commenters"),
        entry(296, BY_JSON),
        entry(297, KEY_STATS),
        entry(307, RELATED, "id, shared, ROUND(jaccard::numeric, 9)"),
        entry(308, TAG_PAIRS),
        entry(311, RECENT_COMMENTS, "id, comments_list"),
        Pair("page", lambda: Post.objects.newest().with_count("comments")[:20], PAGE, "id", bar=3, runs=50),
        entry(261, SEARCHED, "id", ["semaphore"] * 6, query="semaphore"),
        Pair("unstored", found.ranked, SEARCHED_UNSTORED, "id", ["semaphore"] * 2, bar=1 / 100, runs=1),
        Pair("headline", lambda: found.with_headline().ranked()[:10], HEADLINES, "id, headline", ["semaphore"] * 9),
        entry(281, RESEMBLING, "id", ["asyncoi timeouts"] * 3, query="asyncoi timeouts"),
        entry(282, NEAREST_NAMES, "username", ["emilie"]),
        Pair("pairs", lambda: Post.objects.at_most(pk=500).resembling_pairs("title", 0.8), SIMILAR_PAIRS, "a, b"),
        Pair("lexemes", some.frequent_lexemes, LEXEMES, "word, ndoc, nentry"),
        Pair("320", catalogue[320].function, LOOSE, "t.*", runs=20),
        Pair("320-distinct", catalogue[320].function, DISTINCT, "t.*", bar=1 / 20),
        Pair(
            "deep-page",
            lambda: Post.objects.newest().with_count("comments").paged(199_980, 200_000),
            DEEP_PAGE,
            "id, comments_count",
            bar=1 / 5,
        ),
        Pair("latest", lambda: Post.objects.top_per("category"), LATEST_BY_WINDOW, "id", bar=1 / 20),
    ]


def statement(pair: Pair) -> Statement:
    """Our statement, with its values; one that is executed at once is watched, and undone."""
    from django.db import connection, transaction
    from django.db.models import QuerySet

    seen: list[Statement] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 (Django's)
        if sql.startswith(("SELECT", "UPDATE", "WITH")):
            seen.append((sql, params))
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(watch):
        found = pair.ours()
        transaction.set_rollback(True)
    if isinstance(found, QuerySet):
        sql, values = found.query.get_compiler(connection=connection).as_sql()
        return sql, values
    (made,) = seen
    return made


def outcome(pair: Pair, of: Statement) -> Any:
    """How many rows a statement gives, or leaves, and a hash of them in whatever order."""
    from django.db import connection, transaction

    sql, values = of
    with transaction.atomic(), connection.cursor() as cursor:
        if pair.writes:
            cursor.execute(sql, values)
            sql, values, same = pair.same, (), "t.*"
        else:
            same = pair.same
        cursor.execute(f"SELECT COUNT(*), SUM(hashtextextended(ROW({same})::text, 0)) FROM ({sql}) t", values)  # noqa: S608
        found = cursor.fetchone()
        transaction.set_rollback(True)
    return found


def milliseconds(of: Statement) -> float:
    """How long the server takes for a statement, which is undone."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {of[0]}", of[1])
        (told,) = cursor.fetchone()
        transaction.set_rollback(True)
    plan = (json.loads(told) if isinstance(told, str) else told)[0]
    return float(plan["Planning Time"] + plan["Execution Time"])


def measured(pair: Pair) -> bool:
    """Print the figures of a pair; whether they will do."""
    ours, by_hand = statement(pair), (pair.by_hand, pair.values)
    agree = outcome(pair, ours) == outcome(pair, by_hand)
    times = [(milliseconds(ours), milliseconds(by_hand)) for _ in range(pair.runs)]
    ratios = sorted(one / other for one, other in times)
    middle = median(ratios)
    verdict = "ok" if agree and middle <= pair.bar else "SLOW" if agree else "DIFFERS"
    print(
        f"{verdict:<8}{pair.name:>6} {middle:8.2f}  ({ratios[0]:.2f} to {ratios[-1]:.2f}, at most {pair.bar:g})"
        f" {median(one for one, _ in times):10.1f} {median(other for _, other in times):10.1f} ms",
        flush=True,
    )
    return verdict == "ok"


def main(names: Sequence[str]) -> int:
    """Print a line a pair."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_project.config.settings")
    django.setup()
    print("verdict   pair    ratio  (least to greatest)                 ours    by hand", flush=True)
    chosen = [pair for pair in pairs() if not names or pair.name in names]
    done = [measured(pair) for pair in chosen]
    return int(not all(done))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
