"""What the README shows is run: its tour on the small world, its other code at least compiled."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

README = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
TOUR = [block for block in BLOCKS if block.startswith(">>>")]


def test_the_tour_has_as_many_chains_as_it_says():
    assert len(TOUR) == 14
    assert "## A tour of fourteen chains" in README


@pytest.mark.parametrize("block", TOUR, ids=range(len(TOUR)))
def test_a_chain_of_the_tour_runs(block, world):
    from django.db.models import Q

    from example_project.content import models
    from querysets import P

    names = {**vars(models), "P": P, "Q": Q}
    lines = [line.removeprefix(">>> ") for line in block.splitlines() if line.startswith(">>> ")]
    for line in lines[:-1]:
        exec(line, names)  # noqa: S102 (our own README)
    assert eval(lines[-1], names) is not None  # noqa: S307


@pytest.mark.parametrize("block", [block for block in BLOCKS if block not in TOUR])
def test_other_code_is_python(block):
    compile(block.replace("[...,", "[").replace(": ...", ": pass"), "README", "exec")
