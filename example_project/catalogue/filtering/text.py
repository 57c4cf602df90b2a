"""Patterns about text: parts, words, beginnings, wildcards, blanks. In a term, ``%`` is a percent sign."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db.models import QuerySet
from django.db.models.functions import Trim

from example_project.catalogue import pattern
from example_project.content.models import Post, User
from querysets import P

EMAIL: Final = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"


@pattern(1, "Active users by name")
def get_active_users(search: str = "ada") -> QuerySet[User]:
    """Active users whose name contains the text, in any case; a blank text finds all active users."""
    return User.objects.active().matching(search, "username")


@pattern(7, "Users by address, in any case")
def find_by_email(email: str = "ada@example.com") -> QuerySet[User]:
    """Users whose address equals the given one but for case; spaces around the given one are ignored.

    It may be several: addresses are unique as written only.
    """
    return User.objects.caseless(email=email)


@pattern(8, "Users without a bio")
def users_without_bio() -> QuerySet[User]:
    """Users whose bio is NULL, empty, or nothing but white space."""
    return User.objects.blank("bio")


@pattern(9, "Users by name or address")
def search_users(term: str = "ada") -> QuerySet[User]:
    """Users whose name or address contains the text, in any case; a blank text finds all."""
    return User.objects.matching(term, "username", "email")


@pattern(12, "Users by regular expression")
def regex_users(pattern: str = "^a[a-z]+$") -> QuerySet[User]:
    """Users whose name matches a regular expression of PostgreSQL, case and all; a blank one finds all.

    It comes from outside, so it is checked first: what is too long, too costly or no expression is a ``ValueError``.
    """
    return User.objects.matching_regex(pattern, "username")


@pattern(13, "Posts with content")
def non_empty_posts() -> QuerySet[Post]:
    """Posts whose content is more than white space."""
    return Post.objects.present("content")


@pattern(16, "Users by first letters")
def users_starts_with(prefix: str = "ad") -> QuerySet[User]:
    """Users whose name begins with the text, in the same case; a blank text finds all."""
    return User.objects.starting(prefix, "username")


@pattern(19, "Posts containing a text")
def posts_containing(text: str = "queue") -> QuerySet[Post]:
    """Posts whose content contains the text, in the same case; a blank text finds all."""
    return Post.objects.matching(text, "content", case=True)


@pattern(30, "Users of a domain")
def users_by_domain(domain: str = "example.com") -> QuerySet[User]:
    """Users whose address ends in ``@`` and the domain, in any case; a blank domain finds all.

    An address at mail.example.com or evil-example.com is not in example.com.
    """
    return User.objects.in_domain(domain)


@pattern(31, "Users by name or bio")
def multi_field_search(term: str = "parsers") -> QuerySet[User]:
    """Users whose name or bio contains the text, in any case; a blank text finds all.

    Who has no bio is found by name all the same.
    """
    return User.objects.matching(term, "username", "bio")


@pattern(36, "Posts with all words")
def search_posts_all_words(query: str = "lock timeout") -> QuerySet[Post]:
    """Posts in which each of the words occurs, in any case, in title or content; no word, every post."""
    return Post.objects.matching(query, "title", "content", mode="words")


@pattern(37, "Completing a name")
def autocomplete_users(prefix: str = "ad", limit: int = 10) -> QuerySet[User]:
    """The first users by name of those whose name or address begins with the text, in any case; blank is everybody."""
    return User.objects.starting(prefix, "username", "email", case=False).ranked("username").limited(limit)


@pattern(38, "Posts by title and wildcards")
def posts_by_title_glob(pattern: str = "Queue*") -> QuerySet[Post]:
    """Posts whose whole title fits, case and all: ``*`` is any text, ``?`` any character, all else is itself.

    A blank pattern finds all.
    """
    return Post.objects.matching_glob(pattern, "title")


@pattern(39, "Posts with a word")
def posts_with_word(word: str = "art") -> QuerySet[Post]:
    """Posts with the word in title or content, in any case, as a whole: "art" is not in "party"; blank finds all."""
    return Post.objects.matching(word, "title", "content", mode="word")


@pattern(40, "Posts mentioning any")
def posts_mentioning_any(terms: Sequence[str] = ("deprecated", "timeout")) -> QuerySet[Post]:
    """Posts whose title or content contains one of the texts, in any case; blank texts are ignored, none is no post."""
    return Post.objects.any_of(*(P.matching(term, "title", "content") for term in terms if term.strip()))


@pattern(41, "Posts mentioning none")
def posts_mentioning_none(terms: Sequence[str] = ("deprecated", "timeout")) -> QuerySet[Post]:
    """Posts whose title and content contain none of the texts: the others than in 40; no text, every post."""
    return Post.objects.none_of(*(P.matching(term, "title", "content") for term in terms if term.strip()))


@pattern(42, "Long posts")
def posts_longer_than(chars: int = 1000) -> QuerySet[Post]:
    """Posts whose content has more characters than this; characters, not bytes."""
    return Post.objects.of_length("content", min=chars + 1)


@pattern(43, "Complete profiles")
def users_with_complete_profile() -> QuerySet[User]:
    """Users with a bio and a birthday."""
    return User.objects.present("bio", "dob")


@pattern(44, "Incomplete profiles")
def users_missing_profile_fields() -> QuerySet[User]:
    """Users without a bio or without a birthday: all others than in 43."""
    return User.objects.any_of(P.blank("bio"), P.blank("dob"))


@pattern(45, "Malformed addresses")
def users_with_malformed_email() -> QuerySet[User]:
    """Users whose address is not of the form ``local@domain.tld``, one ``@`` and no space in it."""
    return User.objects.none_of(P.matching_regex(EMAIL, "email"))


@pattern(46, "Titles with spaces around")
def posts_with_untrimmed_titles() -> QuerySet[Post]:
    """Posts whose title begins or ends with a space: a column against an expression on it."""
    return Post.objects.excluding(title=Trim("title"))


@pattern(94, "Posts that need attention")
def posts_needing_attention() -> QuerySet[Post]:
    """Posts with a blank title, a blank content, or no category."""
    return Post.objects.any_of(P.blank("title"), P.blank("content"), P.by(category=None))
