"""Where Dagster keeps its history for this home, so that runs from the command line and from the UI are the same ones.

Belongs here: DAGSTER_HOME with Dagster's two files, made from `dagster.yaml` and `workspace.yaml`. Must not be here:
running anything.
"""

from pathlib import Path
from typing import Any

import yaml

from harvest_qb_pipeline.cli.templates import TEMPLATES
from harvest_qb_pipeline.settings import Settings, spelt_plainly

_MADE = (
    "# Made anew by harvest-qb from {source} at every start; a dagster.yaml in the working directory wins over that.\n"
)


def dagster_home(settings: Settings) -> Path:
    """The folder to use as DAGSTER_HOME, with both files in it and their paths under this home.

    A `dagster.yaml` in the working directory wins over the one that comes with the project.
    """
    folder = settings.home / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    home = spelt_plainly(folder)
    own = Path("dagster.yaml").absolute()
    source = own if own.exists() else TEMPLATES / "dagster.yaml"
    config = yaml.safe_load(source.read_text(encoding="utf-8"))
    _point(config, ("storage", "sqlite", "base_dir"), home)
    _point(config, ("local_artifact_storage", "config", "base_dir"), home)
    _point(config, ("compute_logs", "config", "base_dir"), home / "logs")
    _renew(home / "dagster.yaml", _MADE.format(source=source) + yaml.safe_dump(config, sort_keys=False))
    source = TEMPLATES / "workspace.yaml"
    _renew(home / "workspace.yaml", _MADE.format(source=source) + source.read_text(encoding="utf-8"))
    return home


def _point(config: dict[str, Any], path: tuple[str, ...], target: Path) -> None:
    """Set a path, where the configuration has one: a home on Postgres has none for its history."""
    *parts, last = path
    for part in parts:
        config = config.get(part) or {}
    if last in config:
        config[last] = str(target)


def _renew(target: Path, text: str) -> None:
    if not target.exists() or target.read_text(encoding="utf-8") != text:
        target.write_text(text, encoding="utf-8")
