"""One meaning per name: a type is called what no other type of the package is called.

The sandbox is a program of its own, which imports nothing of the pipeline; its names are told apart among themselves
(`sandbox/test_names.py`).
"""

from collections import defaultdict
from pathlib import Path

import harvest_qb_pipeline
from harvest_qb_pipeline_tests.sandbox.test_names import types_defined

PACKAGE = Path(harvest_qb_pipeline.__path__[0])


def test_no_type_of_the_pipeline_shares_its_name_with_another() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        inside = path.relative_to(PACKAGE)
        # Migrations are frozen, and keep the shapes of their time.
        if inside.parts[0] != "sandbox" and "migrations" not in inside.parts:
            for name in types_defined(path):
                places[name].append(str(inside))
    assert len(places) > 150
    twins = {name: paths for name, paths in places.items() if len(paths) > 1 and not name.startswith("_")}
    assert twins == {}
