"""Where Dagster keeps its history for this home, so that runs from the command line and from the UI are the same ones.

Belongs here: DAGSTER_HOME made from the project's `dagster.yaml`. Must not be here: running anything.
"""

from pathlib import Path

import yaml

from harvest_qb_pipeline.settings import ConfigurationError, Settings

PROJECT = Path(__file__).resolve().parents[2]
"""The clone: `workspace.yaml`, `dagster.yaml` and `policy.toml` stand here."""


def dagster_home(settings: Settings) -> Path:
    """The folder to use as DAGSTER_HOME: `dagster.yaml` of the project with its paths under this home."""
    source = PROJECT / "dagster.yaml"
    if not source.exists():
        raise ConfigurationError(f"{source} is missing; run from a clone of the project.")
    home = settings.home / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    config = yaml.safe_load(source.read_text(encoding="utf-8"))
    config["storage"]["sqlite"]["base_dir"] = str(home)
    config["local_artifact_storage"]["config"]["base_dir"] = str(home)
    config["compute_logs"]["config"]["base_dir"] = str(home / "logs")
    text = yaml.safe_dump(config, sort_keys=False)
    target = home / "dagster.yaml"
    if not target.exists() or target.read_text(encoding="utf-8") != text:
        target.write_text(text, encoding="utf-8")
    return home
