"""How names are quoted, in every version of Django."""

from __future__ import annotations

from typing import Any

import django


def quoting(compiler: Any) -> Any:
    """What a compiler quotes tables and aliases by."""
    return compiler.quote_name if django.VERSION >= (6, 1) else compiler.quote_name_unless_alias
