"""The policy in the warehouse, through Dagster."""

from datetime import date
from pathlib import Path

import dagster as dg

from harvest_qb_pipeline.automation.tables import stated_policy
from harvest_qb_pipeline.policy.load import load_policy
from harvest_qb_pipeline.warehouse.database import open_warehouse


class _Today:
    """What the asset asks of the settings."""

    def today(self, timezone: str) -> date:
        assert timezone == "America/New_York"
        return date(2026, 11, 5)


def test_the_sandbox_policy_becomes_tables(tmp_path):
    policy = load_policy(Path(__file__).parents[2] / "policy.toml")
    with open_warehouse(tmp_path / "w.duckdb") as warehouse:
        run = dg.materialize(
            [stated_policy], resources={"policy": policy, "settings": _Today(), "warehouse": warehouse}
        )
        assert run.success
        found = warehouse.connection.execute("SELECT today, policy_sha256 FROM policy.context").fetchall()
        assert found == [(date(2026, 11, 5), policy.sha256)]
        rules = warehouse.connection.execute(
            "SELECT count(*) FROM policy.stated_references WHERE kind = 'item'"
        ).fetchall()
        assert rules == [(len(policy.items.rules) + 1,)]
