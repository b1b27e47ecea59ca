"""How Dagster's own servers are started."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from harvest_qb_pipeline.cli import servers
from harvest_qb_pipeline.cli.templates import TEMPLATES
from harvest_qb_pipeline.settings import load_settings

_TELLS = """#!{python}
import json, os, pathlib, sys
told = {{"folder": os.getcwd(), "words": sys.argv[1:], "environment": dict(os.environ)}}
pathlib.Path({to!r}).write_text(json.dumps(told))
"""


def test_dagster_starts_in_its_own_folder_so_that_it_warns_of_no_other_dagster_yaml(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`dagster dev` warns where its folder has a `dagster.yaml` that is not DAGSTER_HOME's."""
    shutil.copy(TEMPLATES / "dagster.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HARVEST_QB_HOME", "books")
    monkeypatch.setenv("HARVEST_QB_POLICY", "policy.toml")
    stand_in = tmp_path / "python"
    stand_in.write_text(_TELLS.format(python=sys.executable, to=str(tmp_path / "told.json")))
    stand_in.chmod(0o700)
    monkeypatch.setattr(servers.sys, "executable", str(stand_in))
    assert servers._serve_dagster(load_settings(), 3456) == 0
    told = json.loads((tmp_path / "told.json").read_text())
    assert told["folder"] == told["environment"]["DAGSTER_HOME"] == str(tmp_path / "books" / "dagster")
    assert told["environment"]["HARVEST_QB_POLICY"] == str(tmp_path / "policy.toml")
    services = ["-m", "harvest_qb_pipeline.web.services"]
    assert told["words"] == [*services, "--workspace", f"{told['folder']}/workspace.yaml", "--port", "3456"]
