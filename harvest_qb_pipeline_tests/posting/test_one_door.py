"""Nothing but the door writes to an outside system."""

import ast
from pathlib import Path

import harvest_qb_pipeline

PACKAGE = Path(harvest_qb_pipeline.__file__).parent
CLIENTS = {"harvest", "quickbooks", "client", "harvest_client", "quickbooks_client"}


def writes_in(source: str) -> list[int]:
    """Lines that call `write` on something named like a client of Harvest or QuickBooks."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "write":
            owner = node.func.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            if name in CLIENTS:
                found.append(node.lineno)
    return found


def test_only_the_door_calls_write_on_a_client() -> None:
    writers = {
        str(path.relative_to(PACKAGE)): lines
        for path in sorted(PACKAGE.rglob("*.py"))
        if "sandbox" not in path.relative_to(PACKAGE).parts and (lines := writes_in(path.read_text(encoding="utf-8")))
    }
    assert list(writers) == ["posting/door.py"]


def test_a_write_elsewhere_would_be_seen() -> None:
    assert writes_in("def f(context):\n    context.harvest.write('POST', '/invoices', b'')\n") == [2]
