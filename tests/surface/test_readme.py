"""What the README shows is run: its tour on the small world, its other code at least compiled."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

README = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
TOUR = [block for block in BLOCKS if block.startswith(">>>")]


def test_the_tour_has_as_many_chains_as_it_says():
    assert len(TOUR) == 18
    assert "## A tour of eighteen chains" in README


@pytest.mark.parametrize("block", TOUR, ids=range(len(TOUR)))
def test_a_chain_of_the_tour_runs(block, world):
    from django.apps import apps
    from django.db.models import Count, Q

    from querysets import P

    names = {model.__name__: model for model in apps.get_models()}
    names |= {"Count": Count, "P": P, "Q": Q, "timedelta": timedelta}
    lines = [line.removeprefix(">>> ") for line in block.splitlines() if line.startswith(">>> ")]
    for line in lines[:-1]:
        exec(line, names)  # noqa: S102 (our own README)
    assert eval(lines[-1], names) is not None  # noqa: S307


@pytest.mark.parametrize("block", [block for block in BLOCKS if block not in TOUR])
def test_other_code_is_python(block):
    compile(block.replace("[...,", "[").replace(": ...", ": pass"), "README", "exec")
