"""What Dagster is told of versions, and that what contradicts itself is not planned, remembered or not."""

from collections.abc import Mapping

import dagster as dg
import duckdb

from harvest_qb_pipeline.ledger.events import chain_head
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline_tests.stories.firm import Firm


def versions(result: dg.ExecuteInProcessResult) -> Mapping[str, str]:
    """The data version of each asset that a run made."""
    made = [event.materialization for event in result.get_asset_materialization_events()]
    return {each.asset_key.to_user_string(): (each.tags or {})["dagster/data_version"] for each in made}


def events(ledger: Ledger) -> int:
    """How much the ledger has recorded."""
    with ledger.reading() as con:
        return chain_head(con)[0]


def worked(firm: Firm) -> int:
    client = firm.client("Acme Ltd")
    firm.log(firm.project(client, "Website"), "2026-10-05", "2")
    return client


def test_a_run_with_nothing_new_builds_no_table_and_an_entry_gives_its_stream_alone_another_version(firm: Firm):
    worked(firm)
    # The first plan is an event of the ledger that the second one lands.
    with dg.DagsterInstance.ephemeral() as instance:
        runs = [firm.job("run", instance=instance) for _ in range(3)]
        firm.log(int(str(firm.harvest("projects")[0]["id"])), "2026-10-06", "1")
        after = versions(firm.job("sync", instance=instance))
    first, second = (versions(run) for run in runs[1:])
    kept = ("raw_harvest/", "raw_quickbooks/", "harvest/", "quickbooks/", "policy/", "ledger/postings")
    moving = {"raw_harvest/swept_windows"}
    looked_at = {key for key in second if key.startswith(kept)} - moving
    assert {"raw_harvest/time_entries", "raw_quickbooks/customers", "ledger/postings", "policy/context"} <= looked_at
    assert {key for key in looked_at if first[key] != second[key]} == set()
    made = [event.materialization for event in runs[2].get_asset_materialization_events()]
    how = {each.asset_key.to_user_string(): each.metadata["how"].value for each in made if "how" in each.metadata}
    assert {key for key, what in how.items() if what != "remembered"} == set()
    assert "billing/unswept_drafts" in how
    assert after["raw_harvest/time_entries"] != second["raw_harvest/time_entries"]
    assert after["raw_harvest/clients"] == second["raw_harvest/clients"]


def test_a_broken_invariant_stops_the_run_before_anything_is_planned(firm: Firm):
    client = worked(firm)
    firm.sync()
    with dg.DagsterInstance.ephemeral() as instance:
        firm.job("plan", instance=instance)
        before, plans = firm.states(), firm.ledger(events)
        assert f"invoice/client-{client}/2026-10" in before
        # Rows changed behind our back: as many as before, so the table is remembered as it is.
        with duckdb.connect(str(firm.home / "warehouse.duckdb")) as con:
            con.execute("UPDATE billing.line_sources SET amount = amount + 1")
        failed = firm.job("plan", instance=instance, may_fail=True)
    assert not failed.success
    checks = {each.check_name: each.passed for each in failed.get_asset_check_evaluations()}
    assert checks["sources_sum_to_lines"] is False
    assert "billing/planned_invoices" not in versions(failed)
    assert "plan_documents" not in {event.step_key for event in failed.all_events if event.is_step_start}
    assert (firm.states(), firm.ledger(events)) == (before, plans)
