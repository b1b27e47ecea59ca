"""The wheel is complete: built from the clone, installed elsewhere, it works in an empty folder. No network is used."""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZipFile

import pytest

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline.settings import SANDBOX_CONNECTION

CLONE = Path(__file__).resolve().parents[2]
PACKAGE = "harvest_qb_pipeline"
TEMPLATES = ("policy.toml", ".env.example", "dagster.yaml", "workspace.yaml")
BUILT_FROM = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE", *TEMPLATES)
RUNNING = Path(sysconfig.get_path("purelib"))
pytestmark = [pytest.mark.xdist_group("wheel"), pytest.mark.slow]


def run(*command: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*map(str, command)], cwd=cwd, env=env, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the clone, so that building leaves nothing behind in it."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    shutil.copytree(CLONE / PACKAGE, source / PACKAGE, ignore=shutil.ignore_patterns("__pycache__"))
    for name in BUILT_FROM:
        shutil.copy(CLONE / name, source / name)
    offline = ("--no-deps", "--no-build-isolation", "--no-index")
    done = run(sys.executable, "-m", "pip", "wheel", "-q", *offline, "-w", folder, source, cwd=folder)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """The `harvest-qb` of an environment that has the wheel, and borrows what it depends on from the running one."""
    environment = wheel.parent / "environment"
    done = run(sys.executable, "-m", "venv", "--without-pip", environment, cwd=wheel.parent)
    assert done.returncode == 0, done.stderr
    python = environment / "bin" / "python"
    options = ("--python", python, "install", "-q", "--no-deps", "--no-index", "--no-compile")
    done = run(sys.executable, "-m", "pip", *options, wheel, cwd=wheel.parent)
    assert done.returncode == 0, done.stderr
    (site,) = (environment / "lib").glob("python*/site-packages")
    # A plain path: `.pth` files in that folder, the clone's own installation among them, are not read.
    (site / "borrowed.pth").write_text(f"{RUNNING}\n")
    return environment / "bin" / "harvest-qb"


def outside(company: JsonObject, **more: str) -> dict[str, str]:
    """What a shell that knows nothing of the clone has set, and the connection of one company."""
    ours = ("HARVEST_QB_", "PYTHONPATH", "DAGSTER_", *(name.upper() for name in SANDBOX_CONNECTION))
    bare = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**bare, **company["env"], **more}


def test_the_wheel_holds_every_file_of_the_package_and_the_templates_of_the_clone(wheel: Path):
    expected = {
        path.relative_to(CLONE).as_posix()
        for path in (CLONE / PACKAGE).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with ZipFile(wheel) as opened:
        held = {name for name in opened.namelist() if ".dist-info/" not in name}
        templates = {name: opened.read(f"{PACKAGE}/templates/{name}") for name in TEMPLATES}
    assert {f"{PACKAGE}/billing/sql/invoice_lines.sql", f"{PACKAGE}/contacts/legal_forms.toml"} <= expected
    assert held == expected | {f"{PACKAGE}/templates/{name}" for name in TEMPLATES}
    assert templates == {name: (CLONE / name).read_bytes() for name in TEMPLATES}


def test_the_installed_wheel_asks_for_a_policy_then_lands_both_systems_in_an_empty_folder(
    installed: Path, sandbox: RunningSandbox, company: JsonObject, tmp_path: Path
):
    env = outside(company)
    first = run(installed, "sync", "--json", cwd=tmp_path, env=env)
    assert (first.returncode, first.stdout) == (2, "")
    assert "policy.example.toml explains every setting" in first.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["policy.example.toml"]

    (tmp_path / "policy.example.toml").rename(tmp_path / "policy.toml")
    done = run(installed, "sync", "--json", cwd=tmp_path, env=env)
    assert (done.returncode, done.stderr) == (0, "")
    assert '"raw_quickbooks/customers"' in done.stdout
    home = tmp_path / ".harvest_qb"
    assert sorted(path.name for path in home.iterdir() if path.suffix in (".duckdb", ".sqlite"))[:2] == [
        "analytics.duckdb",
        "ledger.sqlite",
    ]
    workspace = (home / "dagster" / "workspace.yaml").read_text()
    assert str(installed.parents[1]) in workspace.partition("\n")[0]
    assert str(CLONE) not in workspace
