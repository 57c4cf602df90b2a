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
    (183, "-", 0): "PostgreSQL does not add two moments",
    (187, "<", 0): "what is 0 becomes 0",
    (187, "COALESCE", 0): "without a discount no price is below 0",
    (235, "COALESCE", 0): "the experiment has a name",
    (235, "COALESCE", 1): "no user lacks the id that is hashed",
    (237, ">", 0): "from a day to itself no workdays pass",
    (238, "<", 0): "what is the bound becomes the bound",
    (238, ">", 0): "what is the bound becomes the bound",
    (239, "-", 0): "PostgreSQL does not add two moments",
    (239, "NULLS LAST", 0): "every post has a score and a moment, so it has heat",
}
