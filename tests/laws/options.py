"""Options of the laws. A plugin, so that the first process of a run chooses the seed for all."""

from __future__ import annotations

import os
import random


def pytest_addoption(parser):
    group = parser.getgroup("laws")
    group.addoption("--all-pairs", action="store_true", help="build and execute every pair of methods, not some")
    group.addoption("--laws-seed", type=int, help="choose the pairs and the random chains, as the run that printed it")


def pytest_configure(config):
    if config.getoption("--laws-seed") is None:
        # The workers of pytest-xdist read the command line again; they inherit what is said here.
        chosen = os.environ.setdefault("LAWS_SEED", str(random.randrange(10**6)))
        config.option.laws_seed = int(chosen)


def pytest_report_header(config):
    return f"laws: --laws-seed={config.getoption('--laws-seed')}"
