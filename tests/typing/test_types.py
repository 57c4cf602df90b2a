"""The package and what its users see are clean under mypy and pyright, both in strict mode."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MYPY = ["mypy", "--config-file", "tests/typing/mypy.ini"]
PYRIGHT = ["pyright", "--pythonpath", sys.executable]
RUNS = {
    "mypy, the package": ["mypy", "querysets"],
    "mypy, what users see": [*MYPY, "tests/typing/accepted.py", "tests/typing/refused.py", "tests/typing/notes"],
    "pyright, the package": PYRIGHT,
    "pyright, what users see": [*PYRIGHT, "-p", "tests/typing"],
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.typing
@pytest.mark.parametrize("run", RUNS)
def test_there_is_no_error(run):
    done = subprocess.run([sys.executable, "-m", *RUNS[run]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


@pytest.mark.slow
@pytest.mark.typing
def test_the_checkers_do_find_what_is_wrong(tmp_path):
    wrong = tmp_path / "wrong.py"
    wrong.write_text("from example_project.content.models import Post\nPost.objects.recent('3').recnt()\n")
    done = subprocess.run(
        [sys.executable, "-m", *MYPY, str(wrong)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "[arg-type]" in done.stdout
    assert "[attr-defined]" in done.stdout
