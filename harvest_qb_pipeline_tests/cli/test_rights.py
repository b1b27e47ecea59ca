"""The home is its owner's alone: what is made there is private, and doctor tells of what is not."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harvest_qb_pipeline.automation.alerts import Alert, record_alert
from harvest_qb_pipeline.cli.dagster_home import dagster_home
from harvest_qb_pipeline.cli.rights import loose_rights
from harvest_qb_pipeline.clients import make_harvest, make_quickbooks
from harvest_qb_pipeline.ledger.homes import open_home_ledger
from harvest_qb_pipeline.settings import Settings, keep_private, load_settings
from harvest_qb_pipeline.warehouse.database import open_warehouse
from harvest_qb_pipeline.warehouse.publish import publish
from harvest_qb_pipeline.warehouse.spool import spooling


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A home that is not there yet, where everybody's files may be read by everybody."""
    before = os.umask(0o022)
    monkeypatch.chdir(tmp_path)
    yield replace(load_settings(), harvest_qb_home=tmp_path / "books" / "home", harvest_qb_warehouse=None)
    os.umask(before)


def fill(settings: Settings) -> None:
    """Everything that a home has in it, but for what Dagster's servers write."""
    with contextlib.closing(open_home_ledger(settings, actor="Bea")) as ledger:
        for client in (make_harvest(settings), make_quickbooks(settings, ledger)):
            client.close()
    dagster_home(settings)
    record_alert(settings.home, Alert("2026-11-05", "sync", "7", "It failed"))
    with open_warehouse(settings.warehouse_path) as warehouse, spooling(warehouse.spool_directory) as spool:
        spool.write(b"{}")
        assert modes(warehouse.spool_directory) <= {0o600, 0o700}
    publish(settings.warehouse_path, settings.analytics_path, log=lambda _: None)


def modes(place: Path) -> set[int]:
    return {path.lstat().st_mode & 0o777 for path in (place, *place.rglob("*"))}


def test_all_that_is_written_is_for_its_owner_alone(settings: Settings):
    keep_private()
    fill(settings)
    assert {path.name for path in settings.home.iterdir()} >= {
        "ledger.sqlite", "ledger.key", "warehouse.duckdb", "analytics.duckdb", "alerts.jsonl", "dagster",
    }  # fmt: skip
    assert modes(settings.home) == {0o600, 0o700}
    assert loose_rights(settings) is None


def test_a_home_that_others_may_read_is_told_with_the_remedy(settings: Settings):
    settings.home.mkdir(parents=True, mode=0o755)
    keep_private()
    fill(settings)
    assert modes(settings.home) - {0o755} == {0o600, 0o700}, "what is new in it is private all the same"
    assert loose_rights(settings) == (
        f"Others may read {settings.home}: books, and what people cost. Run `chmod -R go= {settings.home}`."
    )
    settings.home.chmod(0o700)
    (settings.home / "ledger.sqlite").chmod(0o666)
    assert loose_rights(settings) is None, "nobody gets there"


def test_a_warehouse_elsewhere_and_a_file_of_tokens_are_looked_at_too(settings: Settings, tmp_path: Path):
    keep_private()
    place = tmp_path / "it's shared"
    place.mkdir()
    place.chmod(0o775)
    elsewhere = replace(settings, harvest_qb_warehouse=str(place / "w.duckdb"))
    fill(elsewhere)
    assert loose_rights(elsewhere) is None
    (place / "w.duckdb").chmod(0o640)
    env = tmp_path / ".env"
    env.write_text("HARVEST_ACCESS_TOKEN=secret")
    env.chmod(0o644)
    said = loose_rights(elsewhere) or ""
    assert f"Others may read {place / 'w.duckdb'}, {env}" in said
    assert "'\"'\"'s shared/w.duckdb' " in said, "it can be typed as it stands"
