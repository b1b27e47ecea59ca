"""The files a person starts from are written where commands look, once, and never over anything."""

from pathlib import Path

import dagster as dg
import pytest
import yaml

from harvest_qb_pipeline.cli.dagster_home import dagster_home
from harvest_qb_pipeline.cli.templates import TEMPLATES, write_first_files
from harvest_qb_pipeline.policy.load import load_policy
from harvest_qb_pipeline.settings import SANDBOX_CONNECTION, ConfigurationError, load_settings


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (*SANDBOX_CONNECTION, "harvest_qb_home", "harvest_qb_policy"):
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def real_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SANDBOX_CONNECTION:
        monkeypatch.setenv(name.upper(), "https://example.com")


def test_the_first_use_of_the_sandbox_writes_a_policy_and_an_example_of_env(empty_folder: Path):
    written = write_first_files(load_settings())
    assert written == [empty_folder / "policy.toml", empty_folder / ".env.example"]
    for path in written:
        assert path.read_bytes() == (TEMPLATES / path.name).read_bytes()
    assert load_policy(load_settings().harvest_qb_policy).sha256 == load_policy(TEMPLATES / "policy.toml").sha256
    assert write_first_files(load_settings()) == []


def test_what_exists_stays_as_it_is(empty_folder: Path):
    (empty_folder / ".env.example").write_text("mine")
    assert write_first_files(load_settings()) == [empty_folder / "policy.toml"]
    (empty_folder / "policy.toml").write_text("mine")
    assert write_first_files(load_settings()) == []
    assert [(empty_folder / name).read_text() for name in (".env.example", "policy.toml")] == ["mine", "mine"]


def test_real_books_never_get_the_sandboxs_rules_by_themselves(empty_folder: Path, monkeypatch: pytest.MonkeyPatch):
    real_accounts(monkeypatch)
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="must not be guessed"):
            write_first_files(load_settings())
        assert [path.name for path in empty_folder.iterdir()] == ["policy.example.toml"]
    (empty_folder / "policy.toml").write_text("mine")
    assert write_first_files(load_settings()) == []


def test_a_policy_that_the_environment_names_is_never_made_up(empty_folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HARVEST_QB_POLICY", "firm.toml")
    assert write_first_files(load_settings()) == []
    assert list(empty_folder.iterdir()) == []


def test_dagsters_home_keeps_its_history_under_the_home_and_takes_a_persons_own_file(empty_folder: Path):
    home = dagster_home(load_settings())
    made = yaml.safe_load((home / "dagster.yaml").read_text())
    assert made["storage"]["sqlite"]["base_dir"] == str(home)
    assert made["compute_logs"]["config"]["base_dir"] == str(home / "logs")
    named = yaml.safe_load((home / "workspace.yaml").read_text())
    assert named == yaml.safe_load((TEMPLATES / "workspace.yaml").read_text())

    own = {"storage": {"postgres": {"postgres_url": "postgresql://x"}}, "telemetry": {"enabled": False}}
    (empty_folder / "dagster.yaml").write_text(yaml.safe_dump(own))
    assert yaml.safe_load((dagster_home(load_settings()) / "dagster.yaml").read_text()) == own


def test_a_run_prints_our_lines_and_no_debug_noise(capfd: pytest.CaptureFixture[str]):
    @dg.asset
    def table(context: dg.AssetExecutionContext) -> None:
        context.log.debug("noise")
        context.log.info("a line of ours")

    with dg.DagsterInstance.from_config(str(dagster_home(load_settings()))) as instance:
        assert dg.materialize([table], instance=instance).success
    printed = capfd.readouterr().err
    assert "a line of ours" in printed
    assert "DEBUG" not in printed
    assert "noise" not in printed
