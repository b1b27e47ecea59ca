"""A home with an empty ledger, bound to accounts that are never asked anything."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from harvest_qb_pipeline.definitions import build_defs
from harvest_qb_pipeline.resources import resources
from harvest_qb_pipeline.settings import SANDBOX_CONNECTION
from harvest_qb_pipeline_tests.decisions.surfaces import Surfaces


@pytest.fixture(scope="module")
def surfaces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surfaces]:
    """The command line and the jobs of one new home."""
    home: Path = tmp_path_factory.mktemp("decisions")
    (home / "policy.toml").write_text('timezone = "Europe/Berlin"\ncutover_on = 2026-01-01\n', encoding="utf-8")
    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    with pytest.MonkeyPatch.context() as patch:
        for name in (*SANDBOX_CONNECTION, "harvest_qb_warehouse", "harvest_qb_ledger"):
            patch.delenv(name.upper(), raising=False)
        patch.setenv("HARVEST_QB_HOME", str(home))
        patch.setenv("HARVEST_QB_POLICY", str(home / "policy.toml"))
        yield Surfaces(build_defs(resources()))
