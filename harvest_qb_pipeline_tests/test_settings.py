"""What is set from outside, as another process has to read it."""

from pathlib import Path

import pytest

from harvest_qb_pipeline.settings import SANDBOX_CONNECTION, Settings, load_settings

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
