"""Nothing but the door writes to an outside system: writing is a type of its own, and only posting is given it."""

import ast
from pathlib import Path

import pytest

import harvest_qb_pipeline
from harvest_qb_pipeline.harvest.client import HarvestClient
from harvest_qb_pipeline.harvest.writer import HarvestWriter
from harvest_qb_pipeline.quickbooks.client import QuickBooksClient
from harvest_qb_pipeline.quickbooks.writer import QuickBooksWriter

PACKAGE = Path(harvest_qb_pipeline.__file__).parent
WRITERS = ("harvest_qb_pipeline.harvest.writer", "harvest_qb_pipeline.quickbooks.writer")


@pytest.mark.parametrize(
    ("client", "writer"), [(HarvestClient, HarvestWriter), (QuickBooksClient, QuickBooksWriter)]
)  # fmt: skip
def test_what_reads_cannot_write(client: type, writer: type) -> None:
    """So a call of `write` on a client is an error of types, which `make check` reports, whatever it is called."""
    assert not hasattr(client, "write")
    assert hasattr(writer, "write")


def imported(source: str) -> set[str]:
    """Modules that a file imports, and every name from them with its module, as both spell a writer's module."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_only_the_door_and_what_makes_it_know_the_writers() -> None:
    """The import contract says the same of whole packages."""
    knowing = {
        str(path.relative_to(PACKAGE))
        for path in sorted(PACKAGE.rglob("*.py"))
        if imported(path.read_text(encoding="utf-8")) & set(WRITERS)
    }
    assert knowing == {"posting/door.py", "posting/systems.py"}


def test_a_writer_imported_elsewhere_would_be_seen() -> None:
    assert imported("from harvest_qb_pipeline.harvest import writer") & set(WRITERS)
    assert imported("def f():\n    import harvest_qb_pipeline.quickbooks.writer") & set(WRITERS)
