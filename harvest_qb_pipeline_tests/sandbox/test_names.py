"""One meaning per name in the sandbox, whose two products have much in common."""

import ast
from collections import defaultdict
from pathlib import Path

from harvest_qb_pipeline import sandbox

PACKAGE = Path(sandbox.__path__[0])


def types_defined(path: Path) -> set[str]:
    """Names of the classes and type aliases of a module: those that begin with a capital and are not all capitals."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found.update(target.id for target in targets if isinstance(target, ast.Name))
    return {name for name in found if name.lstrip("_")[:1].isupper() and not name.isupper()}


def test_no_type_of_the_sandbox_shares_its_name_with_another() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        for name in types_defined(path):
            places[name].append(str(path.relative_to(PACKAGE)))
    assert len(places) > 100
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}
