"""What Dagster shows of names that fit nobody."""

from dataclasses import dataclass
from typing import cast

import dagster as dg
import duckdb

from harvest_qb_pipeline.automation.checks import CHECKS
from harvest_qb_pipeline.warehouse.database import Warehouse
from harvest_qb_pipeline_tests.policy.firm import resolved


@dataclass
class _Open:
    """What the check asks of the warehouse."""

    connection: duckdb.DuckDBPyConnection


def checked(text: str) -> dg.AssetCheckResult:
    (policy_fits,) = (check for check in CHECKS if next(iter(check.check_keys)).name == "policy_fits")
    result = policy_fits(cast(Warehouse, _Open(resolved(text))))
    assert isinstance(result, dg.AssetCheckResult)
    return result


def test_the_check_shows_each_name_with_its_file_and_line():
    result = checked('[[caps]]\nproject = "Webseite"\namount = 5\n[[free]]\ntask = "Talk"\n')
    assert (result.passed, result.severity) == (False, dg.AssetCheckSeverity.WARN)
    shown = str(result.metadata["offending"].value)
    assert "| policy.toml | 4 | [[caps]] | project | Webseite | missing |" in shown
    assert "| policy.toml | 7 | [[free]] | task | Talk | ambiguous |" in shown


def test_the_check_passes_where_everything_is_there():
    assert checked("[[clients]]\nclient = 1\n").passed
