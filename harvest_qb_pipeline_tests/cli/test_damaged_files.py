"""A damaged file of the home is told in one sentence with its remedy, by `doctor` and by the command that met it."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline_tests.stories.firm import Firm, open_firm

Damage = Callable[[Path], object]


def empty(path: Path) -> None:
    path.write_bytes(b"")


def fill_with_noise(path: Path) -> None:
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 64)


def cut_in_half(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def replace_by_foreign(path: Path) -> None:
    path.unlink()
    if path.suffix == ".sqlite" or path.suffix == ".db":
        with sqlite3.connect(path) as con:
            con.execute("CREATE TABLE recipes (name TEXT)")
    else:
        with duckdb.connect(str(path)) as con:
            con.execute("CREATE SCHEMA kitchen; CREATE TABLE kitchen.recipes AS SELECT 1 AS name")


LEDGER, KEY, WAREHOUSE = "ledger.sqlite", "ledger.key", "warehouse.duckdb"
COPY, LIMITS, ALERTS, LANDED = "analytics.duckdb", "rate-limits.sqlite", "alerts.jsonl", "landed.json"
HEADS, RUNS = "ledger.heads", "dagster/history/runs.db"
DAMAGES: list[tuple[str, Damage, str, str, int]] = [
    # file, damage, the command that meets it, what both say (empty: nothing, it is made anew), the command's exit code
    (LEDGER, empty, "push", "the ledger of this home was replaced", 1),
    (LEDGER, fill_with_noise, "status", "Restore it from a backup", 2),
    (LEDGER, cut_in_half, "status", "Restore it from a backup", 2),
    (LEDGER, replace_by_foreign, "status", "is not a ledger: it has other tables", 2),
    (KEY, empty, "sync", "ledger.key is damaged: it holds no key", 2),
    (KEY, fill_with_noise, "sync", "ledger.key is damaged: it holds no key", 2),
    (WAREHOUSE, fill_with_noise, "sync", "`harvest-qb sync --anew` puts it aside", 1),
    (WAREHOUSE, cut_in_half, "sync", "`harvest-qb sync --anew` puts it aside", 1),
    (WAREHOUSE, replace_by_foreign, "sync", "is not a warehouse of ours", 1),
    (COPY, fill_with_noise, "query SELECT(1)", "The next `harvest-qb sync` publishes it anew", 1),
    (COPY, cut_in_half, "query SELECT(1)", "The next `harvest-qb sync` publishes it anew", 1),
    (LIMITS, fill_with_noise, "sync", "", 0),
    (ALERTS, fill_with_noise, "status", "alerts.jsonl is damaged", 0),
    (LANDED, fill_with_noise, "status", "landed.json is damaged, the next sync writes it anew", 0),
    (LANDED, empty, "status", "landed.json is damaged, the next sync writes it anew", 0),
    (HEADS, fill_with_noise, "push", "should hold heads of the ledger's audit chain", 1),
    (RUNS, fill_with_noise, "sync", "history of runs in", 2),
]


@pytest.fixture(scope="module")
def home(sandbox: RunningSandbox, blank_ledger: Path, tmp_path_factory: pytest.TempPathFactory) -> Firm:
    """A home in which everything was used once."""
    folder = tmp_path_factory.mktemp("whole")
    firm = open_firm(sandbox, folder, blank_ledger)
    firm.policy()
    firm.log(firm.project(firm.client("Acme Ltd"), "Website"), "2026-10-14", "2.5")
    for words in ("sync", "plan", "push"):
        assert firm.type(words).code == 0
    (folder / ALERTS).write_text("")
    return firm


STOPPING = (LEDGER, KEY)
"""Without these `doctor` cannot look at the rest."""


@contextmanager
def copied(home: Firm, folder: Path) -> Iterator[Path]:
    """The firm works in a copy of its home, which may be damaged."""
    whole = home.home
    home.home = shutil.copytree(whole, folder / "home")
    try:
        yield home.home
    finally:
        home.home = whole


@pytest.mark.parametrize(("file", "damage", "command", "said", "code"), DAMAGES)
def test_a_damaged_file_is_one_sentence_with_its_remedy(
    home: Firm, tmp_path: Path, file: str, damage: Damage, command: str, said: str, code: int
) -> None:
    with copied(home, tmp_path) as copy:
        damage(copy / file)
        if file in STOPPING:
            told = home.type("doctor")
            assert told.code in (1, 2)
            assert said in " ".join((told.out + told.err).split()), told
        met = home.type(*command.split())
    assert met.code == code, met
    assert said in " ".join((met.out + met.err).split()), met
    assert "Traceback" not in met.out + met.err


def test_doctor_tells_of_every_damaged_file_at_once(home: Firm, tmp_path: Path) -> None:
    with copied(home, tmp_path) as copy:
        for file in (WAREHOUSE, COPY, LIMITS, ALERTS, LANDED, HEADS):
            fill_with_noise(copy / file)
        told = home.type("doctor")
        fill_with_noise(copy / RUNS)
        (copy / WAREHOUSE).unlink()
        of_runs = home.type("doctor")
    assert told.code == of_runs.code == 1
    words = " ".join(told.out.split())
    for said in (said for file, damage, _, said, _ in DAMAGES if damage is fill_with_noise and file not in STOPPING):
        assert said in words or said == "history of runs in", (said, words)
    assert "history of runs in" in of_runs.out


def test_a_damaged_warehouse_is_landed_again_on_request(home: Firm, tmp_path: Path) -> None:
    with copied(home, tmp_path) as copy:
        cut_in_half(copy / WAREHOUSE)
        assert home.type("sync", "--anew").code == 0
        assert (copy / f"{WAREHOUSE}.damaged").exists()
        assert home.type("query", "SELECT count(*) FROM harvest.clients").code == 0
