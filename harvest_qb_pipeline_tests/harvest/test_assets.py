"""The landed and typed assets, materialised for real on a sandbox company."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from harvest_qb_pipeline.automation import landing
from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.policy.load import parse_policy
from harvest_qb_pipeline.quickbooks.client import QuickBooksClient
from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline.settings import load_settings
from harvest_qb_pipeline.warehouse.dagster import WarehouseResource, sql_assets
from harvest_qb_pipeline_tests.harvest.landings import TODAY, Firm
from harvest_qb_pipeline_tests.quickbooks.stores import MemoryStore

POLICY = 'timezone = "America/New_York"\ncutover_on = 2026-09-01\n'

ASSETS = [*landing.ASSETS, *sql_assets("harvest"), *sql_assets("quickbooks"), *sql_assets("confidential")]


@pytest.fixture
def agency(sandbox: RunningSandbox) -> JsonObject:
    return sandbox.create_company(size="small", today="2026-11-03")


def materialize(
    sandbox: RunningSandbox, company: JsonObject, path: Path, *, policy: str = POLICY, **arguments: Any
) -> dg.ExecuteInProcessResult:
    env = company["env"]
    quickbooks_client = QuickBooksClient(
        env["QUICKBOOKS_BASE_URL"],
        env["QUICKBOOKS_TOKEN_URL"],
        env["QUICKBOOKS_REALM_ID"],
        env["QUICKBOOKS_CLIENT_ID"],
        env["QUICKBOOKS_CLIENT_SECRET"],
        env["QUICKBOOKS_REFRESH_TOKEN"],
        MemoryStore(),
    )
    return dg.materialize(
        ASSETS,
        resources={
            "warehouse": WarehouseResource(path=str(path)),
            "harvest": Firm(sandbox, company, None).client(),  # type: ignore[arg-type]
            "quickbooks": quickbooks_client,
            "settings": replace(load_settings(), harvest_qb_today=TODAY),
            "policy": parse_policy(policy, "policy.toml"),
        },
        **arguments,
    )


def test_both_systems_are_landed_and_typed_and_say_what_they_did(
    sandbox: RunningSandbox, agency: JsonObject, tmp_path: Path
) -> None:
    path = tmp_path / "warehouse.duckdb"
    result = materialize(sandbox, agency, path)
    shown = {
        event.materialization.asset_key.to_user_string(): event.materialization.metadata
        for event in result.get_asset_materialization_events()
    }
    typed = shown["harvest/time_entries"]["dagster/row_count"].value
    assert shown["raw_harvest/time_entries"]["new"].value == typed > 0
    assert shown["raw_quickbooks/customers"]["requests"].value == 1
    words = {c.name: c.description for c in shown["harvest/time_entries"]["dagster/column_schema"].value.columns}
    assert words["hours_rounded"] == "Hours after the account's rounding, as invoiced"
    with duckdb.connect(str(path), read_only=True) as con:
        assert con.execute("SELECT count(*) FROM quickbooks.invoices").fetchall() != [(0,)]


def test_cost_rates_stay_out_of_what_the_ui_shows(sandbox: RunningSandbox, agency: JsonObject, tmp_path: Path) -> None:
    """Rule 46."""
    result = materialize(sandbox, agency, tmp_path / "warehouse.duckdb")
    for event in result.get_asset_materialization_events():
        for value in event.materialization.metadata.values():
            if not isinstance(value, dg.TableSchemaMetadataValue):
                assert '"cost_rate":' not in str(value.value)
                assert "cost_rate |" not in str(value.value)


def test_open_days_are_read_again_unless_told_not_to_and_one_stream_can_be_landed_alone(
    sandbox: RunningSandbox, agency: JsonObject, tmp_path: Path
) -> None:
    path = tmp_path / "warehouse.duckdb"
    materialize(sandbox, agency, path)
    entries = [dg.AssetKey(["raw_harvest", "time_entries"])]

    def swept() -> int:
        with duckdb.connect(str(path), read_only=True) as con:
            row = con.execute("SELECT count(*) FROM raw_harvest.swept_windows WHERE stream = 'time_entries'").fetchone()
        return row[0] if row else 0

    assert swept() == 1
    quiet = {"ops": {"raw_harvest": {"config": {"reread_open": False}}}}
    result = materialize(sandbox, agency, path, selection=entries, run_config=quiet)
    assert [e.asset_key for e in result.get_asset_materialization_events()] == entries
    assert swept() == 1
    materialize(sandbox, agency, path, selection=entries)
    assert swept() == 2


def test_employees_that_the_user_may_not_see_fail_the_run_with_a_sentence_but_not_what_was_read_before(
    sandbox: RunningSandbox, agency: JsonObject, tmp_path: Path
) -> None:
    sandbox.control("PATCH", f"/companies/{agency['id']}/switches", {"employees_access": "forbidden"})
    chosen = dg.AssetSelection.key_prefixes(["raw_quickbooks"], ["quickbooks"])
    path = tmp_path / "warehouse.duckdb"
    result = materialize(sandbox, agency, path, selection=chosen, raise_on_error=False)
    (failed,) = result.get_step_failure_events()
    assert failed.step_failure_data.error.message.startswith(
        "dagster._core.definitions.events.Failure: The person who connected QuickBooks may not see its employees"
    )
    landed = {e.asset_key.path[-1] for e in result.get_asset_materialization_events()}
    assert {"customers", "vendors"} <= landed
    assert "employees" not in landed
    ignoring = f'{POLICY}[contacts]\nemployees = "ignore"\n'
    assert materialize(sandbox, agency, path, policy=ignoring, selection=chosen).success
    with duckdb.connect(str(path), read_only=True) as con:
        assert con.execute("SELECT count(*) FROM quickbooks.employees").fetchall() == [(0,)]
        assert con.execute("SELECT count(*) > 0 FROM quickbooks.vendors").fetchall() == [(True,)]


def test_lineage_runs_from_the_outside_tables_to_the_typed_ones() -> None:
    resources = dict.fromkeys(["warehouse", "harvest", "quickbooks", "settings", "policy"], object())
    graph = dg.Definitions(assets=ASSETS, resources=resources).resolve_asset_graph()
    upstream = graph.get(dg.AssetKey(["harvest", "time_entries"])).parent_keys
    assert upstream == {dg.AssetKey(["raw_harvest", "time_entries"])}
    assert graph.get(dg.AssetKey(["raw_harvest", "time_entries"])).parent_keys == {
        dg.AssetKey(["harvest_api", "time_entries"])
    }
