"""Mistakes that are none: the statement means the same. Number, mistake and the how-manieth of its places = why."""

from __future__ import annotations

HARMLESS = {
    (5, "LOWER", 1): "a text is NULL in any case",
    (13, "IS NOT TRUE", 0): "no content is NULL",
    (17, "@>", 0): "to hold one tag is to share it",
    (28, "@>", 0): "to hold one tag is to share it",
    (41, "IS NOT TRUE", 0): "no title or content is NULL",
    (41, "IS NOT TRUE", 1): "no title or content is NULL",
    (41, "IS NOT TRUE", 2): "no title or content is NULL",
    (41, "IS NOT TRUE", 3): "no title or content is NULL",
    (43, "IS NOT TRUE", 0): "a bio that is NULL is out already",
    (45, "IS NOT TRUE", 0): "no email is NULL",
    (46, "IS NOT TRUE", 0): "no title is NULL",
    (75, "IS NOT TRUE", 0): "tags that are NULL are out already",
    (79, "COALESCE", 0): "no comments are fewer than one, be they 0 or unknown",
    (98, "ASC", 1): "no two posts stand at one place of the list",
    (98, "NULLS LAST", 0): "every post that is found stands at some place",
    (99, "<", 0): "no hash is the bound itself",
    (99, "COALESCE", 1): "no post lacks the id that is hashed",
    (265, "AND", 0): "the operator finds no more than the function",
    (265, "COALESCE", 0): "no title is NULL",
    (265, "NULLS LAST", 0): "no resemblance is NULL",
    (270, "NULLS LAST", 0): "no relevance is NULL",
    (277, "COALESCE", 0): "no title is NULL",
    (277, "COALESCE", 1): "no content is NULL",
    (278, "NULLS LAST", 0): "no count is NULL",
    (280, "-", 0): "PostgreSQL adds no moments",
    (280, "NULLS LAST", 0): "neither relevance nor freshness is NULL",
    (281, "AND", 9): "the operator finds no more than the function",
    (281, "COALESCE", 2): "no title is NULL",
    **{
        (281, "UPPER", place): "pg_trgm folds case itself, but for letters that no title hangs on" for place in range(5)
    },
    (283, "AND", 0): "the operator finds no more than the function",
    (283, "AND", 1): "the operator finds no more than the function",
    (283, "COALESCE", 0): "no email is NULL",
    (283, "NULLS LAST", 0): "no resemblance is NULL",
    **{
        (283, "UPPER", place): "pg_trgm folds case itself, but for letters that no name hangs on"
        for place in range(2, 12)
    },
    (296, "NULLS LAST", 0): "a count is never NULL",
    (306, "IS NOT TRUE", 0): "tags that are NULL are out already",
    (306, "IS NOT TRUE", 1): "tags that are NULL are out already",
    (306, "IS NOT TRUE", 2): "tags that are NULL are out already",
    (308, "NULLS LAST", 0): "a count is never NULL",
    (312, "DISTINCT", 0): "no two posts of one category have the same title in the world",
}
