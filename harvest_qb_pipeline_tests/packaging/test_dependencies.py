"""What is installed is what is used: dependencies follow the imports, and the locks follow the dependencies."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

CLONE = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((CLONE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-bench.lock")
# What the parser that we take from uvicorn is made of; data that `zoneinfo` looks for by itself.
NEVER_IMPORTED = {"httptools", "tzdata"}
# Parts of a package that is named.
BROUGHT_ALONG = {"pydantic-core": "pydantic"}
IMPORT = re.compile(r"^\s*(?:import|from) ([a-z_0-9]+)[.\s]", re.MULTILINE)


def named(dependencies: list[str]) -> set[str]:
    return {_name(re.split(r"[\[=<>~; ]", dependency)[0]) for dependency in dependencies}


def _name(text: str) -> str:
    return re.sub(r"[-_.]+", "-", text).lower()


def imported(folder: Path) -> set[str]:
    """The packages that the files of a folder import."""
    modules = {
        module for path in folder.rglob("*.py") for module in IMPORT.findall(path.read_text(encoding="utf-8"))
    } - {"harvest_qb_pipeline", "__future__"}
    installed = packages_distributions()
    found = {_name(installed[module][0]) for module in modules - sys.stdlib_module_names if module in installed}
    return {BROUGHT_ALONG.get(name, name) for name in found}


def pins(lock: str) -> dict[str, set[str]]:
    """Each package's versions, with the markers they are for."""
    found: dict[str, set[str]] = {}
    for line in (CLONE / lock).read_text(encoding="utf-8").splitlines():
        if match := re.match(r"([A-Za-z0-9_.-]+)(?:\[[\w,-]+\])?==(.*?) *\\?$", line):
            found.setdefault(_name(match[1]), set()).add(match[2])
    return found


def test_every_package_that_is_imported_is_named_and_every_named_one_is_used():
    assert imported(CLONE / "harvest_qb_pipeline") == named(PROJECT["dependencies"]) - NEVER_IMPORTED


def test_what_only_development_needs_is_no_part_of_running():
    running = pins("requirements.lock").keys()
    extras = PROJECT["optional-dependencies"]
    assert not running & (named(extras["dev"]) | named(extras["bench"]))
    assert named(PROJECT["dependencies"]) | named(extras["build"]) <= running
    assert named(extras["dev"]) <= pins("requirements-dev.lock").keys()
    assert named(extras["bench"]) <= pins("requirements-bench.lock").keys()
    assert not named(extras["bench"]) & pins("requirements-dev.lock").keys()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_a_hash_for_every_package_and_the_address_of_no_host(lock: str):
    text = (CLONE / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*--(?!hash=)", text, re.MULTILINE)
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)
    assert len(blocks) > 80
    assert [block for block in blocks if block.strip() and "--hash=sha256:" not in block] == []


@pytest.mark.parametrize(("small", "large"), [LOCKS[:2], LOCKS[1:]])
def test_what_two_locks_name_has_one_version(small: str, large: str):
    larger = pins(large)
    assert {name: larger.get(name) for name in pins(small)} == pins(small)
