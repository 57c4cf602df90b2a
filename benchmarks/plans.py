"""Which patterns read a large table from end to end: ``python -m benchmarks.plans`` on the large world.

``manage.py world --scale large`` loads it. Prints, for each pattern that an index is there for, the scans of its plan;
exits with 1 if a table of more than 10^5 rows is read sequentially.
"""

from __future__ import annotations

import os
import re
import sys

import django

NUMBERS = "4,7,11,23,26,28,32,34,36,39,54-63,76,96,97,261,263-266,268,270,273-283,289-292,303,305,307,320"
LARGE = 100_000
SCAN = re.compile(r"(Seq Scan|Index Scan|Index Only Scan|Bitmap Index Scan)(?: Backward)?(?: using (\w+))? on (\w+)")


def main() -> int:
    """Print the scans of each pattern."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_project.config.settings")
    django.setup()
    from django.db import connection

    from example_project.catalogue import catalogue, plan

    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > %s", [LARGE])
        large = {name for (name,) in cursor.fetchall()}
    failed = 0
    for entry in catalogue.range(NUMBERS):
        text = plan(entry)
        scans = {(kind, index or table) for kind, index, table in SCAN.findall(text)}
        slow = {name for kind, name in scans if kind == "Seq Scan"} & large
        took = re.search(r"Execution Time: ([\d.]+) ms", text)
        found = ", ".join(f"{kind} {name}" for kind, name in sorted(scans))
        print(f"{'SLOW' if slow else 'ok':<5}{entry.number:>4} {took[1] if took else '':>10} ms  {found}", flush=True)
        failed += bool(slow)
    print(f"{failed} of them read a table of more than {LARGE} rows sequentially")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
