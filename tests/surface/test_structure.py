"""How the package is built: what mixins are, who imports whom, how long files are."""

from __future__ import annotations

import ast
import inspect
import typing

import pytest
from django.core import exceptions as django_exceptions

from example_project.content.models import Post
from querysets import PatternQuerySet, errors
from querysets.base import PatternBase
from querysets.roles import ROLES, Edges, Roles
from tests.laws.steps import on_rows, see
from tests.laws.trial import base

from .conftest import LAYERS, PACKAGE

FILES = sorted(PACKAGE.rglob("*.py"))
LONG = {}
"""Path -> why a file of more than 400 lines is better left in one piece."""
OPTIONAL = {"django_tenants", "numpy", "scipy", "pandas", "hdbscan", "umap"}
"""What a user may not have: imported where it is used."""
OPERATORS = {"__and__", "__or__", "__xor__"}
MADE_BY_PYTHON = {
    "__doc__",
    "__module__",
    "__orig_bases__",
    "__parameters__",
    "__firstlineno__",
    "__static_attributes__",
}


@pytest.mark.parametrize("cls", LAYERS, ids=lambda cls: cls.__name__)
def test_a_mixin_has_methods_and_nothing_else(cls):
    """No ``__init__``, no state, no dunder: so that the order of mixins never matters."""
    own = {name: value for name, value in vars(cls).items() if name not in MADE_BY_PYTHON}
    operators = OPERATORS if cls.__name__ == "Root" else set()
    assert not {name for name in own if name.startswith("__")} - operators
    assert not {name: value for name, value in own.items() if not inspect.isfunction(value) and name != "as_manager"}


TOPICS = {cls.__name__: cls for cls in LAYERS}


@pytest.mark.parametrize("step", [step for step in on_rows(Post) if step.sample.prepared is None], ids=str)
def test_every_method_stands_alone_with_its_mixin(step, world):
    """A model may take one mixin; and a topic is all that its methods need."""
    name = str(step).split("(")[0]
    home = next(cls for cls in reversed(PatternQuerySet.__mro__) if name in vars(cls))
    parents = (home,) if issubclass(home, PatternBase) else (PatternBase,)
    alone = type("Alone", parents, {})
    rows = step(alone(Post))
    assert type(rows) is alone
    assert see(rows).multiset == see(step(base(step))).multiset


def imports(path):
    """What a file imports, as ``(absolute name, whether outside of functions)``."""
    tree = ast.parse(path.read_text())
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    package = ("querysets", *path.parent.relative_to(PACKAGE).parts)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) not in inside
        elif isinstance(node, ast.ImportFrom):
            near = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            origin = ".".join(filter(None, (near, node.module)))
            for alias in node.names:
                yield f"{origin}.{alias.name}", id(node) not in inside


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_who_imports_whom(path):
    place = path.relative_to(PACKAGE).parts
    for name, at_the_top in imports(path):
        top, *rest = name.split(".")
        assert top not in {"example_project", "tests"}
        assert not (top in OPTIONAL and at_the_top), f"{name} is imported where it is used"
        if top == "querysets" and place[0] == "sql":
            assert rest[:1] not in (["mixins"], ["base"], ["queryset"], ["managers"])
        if top == "querysets" and place[0] == "base":
            assert rest[:1] != ["mixins"]
        if top == "querysets" and place[0] == "mixins" and rest[:1] == ["mixins"] and len(place) > 2:
            assert rest[1] == place[1], f"{'/'.join(place)} imports from mixins/{rest[1]}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_says_what_it_is_in_a_sentence_and_is_not_long(path):
    text = path.read_text()
    name = str(path.relative_to(PACKAGE))
    assert (len(text.splitlines()) > 400) == (name in LONG)
    if text.strip():
        assert (ast.get_docstring(ast.parse(text)) or "").split("\n")[0].endswith(".")


def test_the_keywords_of_the_manager_are_the_table_of_roles():
    assert set(Roles.__annotations__) == set(ROLES)
    several = {name for name, role in ROLES.items() if role.several}
    hints = typing.get_type_hints(Roles)
    assert several == {name for name, hint in hints.items() if hint not in (str, str | Edges)}


OWN_ERRORS = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if cls.__module__ == errors.__name__]


@pytest.mark.parametrize(
    "error", [cls for cls in OWN_ERRORS if cls is not errors.PatternError], ids=lambda cls: cls.__name__
)
def test_an_error_is_one_of_ours_and_one_that_code_knows(error):
    assert issubclass(error, errors.PatternError)
    others = [cls for cls in error.__mro__ if cls not in OWN_ERRORS and cls not in (Exception, BaseException, object)]
    assert any(cls.__module__ in {"builtins", django_exceptions.__name__, "django.db.utils"} for cls in others)
    assert error.__doc__
