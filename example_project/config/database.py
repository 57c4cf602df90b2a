"""``DATABASE_URL`` as Django's settings want it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

NAMES = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


def database(url: str) -> dict[str, Any]:
    """The entry of ``DATABASES`` for a PostgreSQL URL, such as ``postgresql://ann:p%40ss@db.example/shop?sslmode=require``.

    It is read by libpq itself, as psql reads it: percent-encoding, sockets, several hosts and every parameter included.
    """
    try:
        given = conninfo_to_dict(url)
    except ProgrammingError as error:
        message = f"DATABASE_URL: not a PostgreSQL URL ({str(error).strip()}); write postgresql://user:password@host:port/name"
        raise ImproperlyConfigured(message) from error
    settings: dict[str, Any] = {NAMES[key]: str(value) for key, value in given.items() if key in NAMES}
    options = {key: value for key, value in given.items() if key not in NAMES}
    return {"ENGINE": "django.db.backends.postgresql", **settings, "OPTIONS": options}
