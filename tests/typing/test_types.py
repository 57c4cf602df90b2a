"""The package and what its users see are clean under mypy and pyright, both in strict mode."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MYPY = ("mypy",)
PYRIGHT = ("pyright", "--pythonpath", sys.executable)
pytestmark = [pytest.mark.slow, pytest.mark.typing]


def run(*command):
    """What ``make types`` runs; ``pyproject.toml`` says on which files and how."""
    return subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("checker", [MYPY, PYRIGHT], ids=lambda checker: checker[0])
def test_there_is_no_error(checker):
    done = run(*checker)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


@pytest.mark.parametrize("checker", [MYPY, PYRIGHT], ids=lambda checker: checker[0])
def test_what_is_wrong_is_found(checker, tmp_path):
    """The same calls without the comments that expect the errors: each line of them has one."""
    lines = (Path(__file__).parent / "refused.py").read_text().splitlines()
    bare = [line.split("  # type: ignore")[0] for line in lines]
    wrong = tmp_path / "wrong.py"
    wrong.write_text("\n".join(bare))
    found = run(*checker, str(wrong)).stdout
    for number, line in enumerate(lines, 1):
        assert (f"wrong.py:{number}:" in found) == ("# type: ignore" in line), line
