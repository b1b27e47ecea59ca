"""What is set from outside, as another process has to read it."""

import contextlib
from pathlib import Path

import dagster as dg
import pytest

from harvest_qb_pipeline.cli.dagster_home import dagster_home
from harvest_qb_pipeline.ledger import reading
from harvest_qb_pipeline.ledger.homes import open_home_ledger
from harvest_qb_pipeline.settings import SANDBOX_CONNECTION, ConfigurationError, Settings, load_settings
from harvest_qb_pipeline.warehouse.database import open_warehouse, quoted
from harvest_qb_pipeline.warehouse.publish import publish
from harvest_qb_pipeline.warehouse.querying import frames
from harvest_qb_pipeline.warehouse.spool import spooling

VARIABLES = (
    *SANDBOX_CONNECTION, "harvest_qb_home", "harvest_qb_warehouse", "harvest_qb_ledger", "harvest_qb_policy",
    "harvest_qb_today",
)  # fmt: skip


def read(monkeypatch: pytest.MonkeyPatch, folder: Path, environment: dict[str, str]) -> Settings:
    """Settings as a process in that folder reads them."""
    folder.mkdir(exist_ok=True)
    monkeypatch.chdir(folder)
    for name in VARIABLES:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return load_settings()


@pytest.mark.parametrize(
    "lines",
    [
        "",
        "HARVEST_QB_HOME=books\nHARVEST_QB_POLICY=rules/policy.toml\nHARVEST_QB_TODAY=2026-11-05",
        "HARVEST_QB_WAREHOUSE=w.duckdb\nHARVEST_QB_LEDGER=l.sqlite",
        "HARVEST_QB_LEDGER=sqlite:///l.sqlite",
        "HARVEST_QB_LEDGER=postgresql://bea@books.example/ledger",
        "\n".join(f"{name.upper()}={value}" for name, value in SANDBOX_CONNECTION.items()),
    ],
)
def test_a_process_in_another_folder_works_on_the_same_books(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lines: str
) -> None:
    (tmp_path / ".env").write_text(lines)
    here = read(monkeypatch, tmp_path, {})
    environment, books = here.environment(), books_of(here)
    there = read(monkeypatch, tmp_path / "elsewhere", environment)
    assert Path.cwd() != tmp_path
    assert books_of(there) == books
    assert there.is_sandbox == here.is_sandbox
    assert there.harvest_access_token.get_secret_value() == here.harvest_access_token.get_secret_value()


def books_of(settings: Settings) -> tuple[object, ...]:
    """Which books and rules a process in this folder works on."""
    return (
        settings.home,
        settings.ledger_url,
        settings.warehouse_path.absolute(),
        settings.harvest_qb_policy.absolute(),
        settings.harvest_qb_today,
    )


@pytest.mark.parametrize("name", ["HARVEST_BASE_URL", "QUICKBOOKS_BASE_URL", "QUICKBOOKS_TOKEN_URL"])
@pytest.mark.parametrize(
    ("address", "is_taken"),
    [
        ("https://api.harvestapp.com/v2", True),
        ("http://127.0.0.1:8765/harvest/v2", True),
        ("http://localhost:8765", True),
        ("http://[::1]:8765", True),
        ("http://api.harvestapp.com/v2", False),
        ("HTTP://10.0.0.7/v2", False),
        ("http://127.0.0.1.example.com", False),
        ("http://localhost@example.com/v2", False),
        ("http://127.0.0.1:8765@example.com", False),
        ("http://2130706433/", False),
        ("ftp://127.0.0.1/", False),
        ("https://", False),
        ("https://[::1", False),
        ("api.harvestapp.com/v2", False),
    ],
)
def test_tokens_leave_this_machine_over_tls_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, address: str, is_taken: bool
) -> None:
    environment = {each.upper(): value for each, value in SANDBOX_CONNECTION.items()} | {name: address}
    if is_taken:
        assert getattr(read(monkeypatch, tmp_path, environment), name.lower()) == address
    else:
        with pytest.raises(ConfigurationError, match=f"{name} does not begin with https://"):
            read(monkeypatch, tmp_path, environment)


STRANGE = ["100%25 sure", "what?", "a # b", "Bücher & Söhne", "it's [our] *books*", "all of it % ? # ü [x] *"]


@pytest.mark.parametrize("name", STRANGE)
def test_a_home_may_be_called_anything(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    """The ledger's URL, DuckDB's files and patterns, Dagster's URLs: each takes some signs for its own."""
    home, caches = tmp_path / "homes" / name, tmp_path / "caches"
    settings = read(monkeypatch, tmp_path, {"HARVEST_QB_HOME": str(home), "XDG_CACHE_HOME": str(caches)})
    with contextlib.closing(open_home_ledger(settings, actor="Bea")) as ledger:
        assert reading.last_event_id(ledger) == 1
    with open_warehouse(settings.warehouse_path) as warehouse, spooling(warehouse.spool_directory) as spool:
        written = quoted(str(spool.write(b'{"id": 7}')))
        with warehouse.transaction() as con:
            con.execute(f"CREATE TABLE billing.seen AS FROM read_json({written})")
    publish(settings.warehouse_path, settings.analytics_path, log=lambda _: None)
    (_, answer) = frames(settings.analytics_path, "FROM billing.seen")
    assert list(answer["id"]) == [7]
    with dg.DagsterInstance.from_config(str(dagster_home(settings))) as instance:
        assert instance.get_runs() == []
    assert (home / "dagster" / "history" / "runs.db").exists()
    assert (home / "ledger.sqlite").exists()
    # Elsewhere there are links, and what DuckDB cannot write below a question mark.
    assert {path.name for path in (tmp_path / "homes").iterdir()} == {name}
    files = {path.name for path in caches.rglob("*") if path.is_file() and not path.parent.is_symlink()}
    assert ({"warehouse.duckdb", "analytics.duckdb"} <= files) == ("?" in name)
    here = books_of(settings)
    there = read(monkeypatch, tmp_path / "elsewhere", settings.environment() | {"XDG_CACHE_HOME": str(caches)})
    assert books_of(there) == here
