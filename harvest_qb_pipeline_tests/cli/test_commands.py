"""A month by command, as typed: what each command prints for programs, and its exit code when something is refused."""

import dagster as dg
import pytest

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.automation.publishing import PUBLISHED_COPY, last_copy_began_at
from harvest_qb_pipeline.cli.dagster_home import dagster_home
from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.settings import load_settings
from harvest_qb_pipeline_tests.stories.firm import D, Firm, Typed


def said(typed: Typed, code: int = 0) -> JsonObject:
    """The one JSON document on standard output."""
    assert typed.code == code, typed.err
    document = jsontext.loads(typed.out)
    assert isinstance(document, dict)
    return document


@pytest.mark.slow
def test_a_month_by_command_from_sync_to_a_refused_and_mended_invoice(firm: Firm):
    acme = firm.client("Acme Ltd")
    firm.log(firm.project(acme, "Website"), "2026-10-05", "2.25")
    key = f"invoice/client-{acme}/2026-10"

    landed = said(firm.type("sync", "--json"))
    assert landed["streams"]["raw_harvest/time_entries"]["new"] == 1
    assert landed["streams"]["raw_quickbooks/customers"]["rows"] == 1

    plan = said(firm.type("plan", "--json"))
    (bill,) = plan["documents"]
    assert (bill["key"], bill["state"], bill["amount"], bill["label"]) == (
        key,
        "planned",
        D("225.00"),
        "Acme Ltd, Oct 2026",
    )
    assert bill["plan_id"] == plan["plan_id"]

    approved = firm.type("approve", f"{key}@{bill['document_sha256'][:8]}", "--by", "Bea")
    assert approved.code == 0
    assert f"{key}: approved by Bea" in approved.out
    again = firm.type("approve", key, "--by", "Bea")
    assert (again.code, "was approved already" in again.out) == (0, True)

    firm.refuse_an_invoice()
    refused = firm.type("push", "--json")
    states = {posting["kind"]: posting["state"] for posting in said(refused, code=1)["postings"]}
    assert states["invoice"] == "rejected"
    assert f"harvest-qb retry {key}" in refused.err

    assert firm.type("retry", key, "--by", "Bea").code == 0
    sent = said(firm.type("push", "--json"))
    assert {posting["state"] for posting in sent["postings"]} == {"posted"}
    assert firm.both(key) == (D(225), D(225))

    before = firm.writes()
    assert said(firm.type("run", "--json"))["postings"] == []
    assert firm.writes() == before
    status = said(firm.type("status", "--json"))
    assert status["counts"] == {"posted": 3}
    assert status["landed"]["Harvest"]
    each_command_was_one_run_that_made_the_copy(firm)


def each_command_was_one_run_that_made_the_copy(firm: Firm) -> None:
    with firm.at_work(), dg.DagsterInstance.from_config(str(dagster_home(load_settings()))) as instance:
        runs = {run.run_id: run.job_name for run in instance.get_runs()}
        copies = instance.fetch_materializations(PUBLISHED_COPY, limit=20).records
        began_at = last_copy_began_at(instance)
    assert list(runs.values()) == ["run", "push", "push", "plan", "sync"]
    # The push that was refused failed as a command, after its copy was made.
    assert [runs[copy.run_id] for copy in copies] == list(runs.values())
    assert began_at <= (firm.home / "analytics.duckdb").stat().st_mtime


def test_after_a_twin_it_is_said_until_when_harvest_locks_its_projects_for_staff(firm: Firm):
    acme = firm.client("Acme Ltd")
    firm.log(firm.project(acme, "Website"), "2026-10-05", "1")
    firm.draw_up()
    key = f"invoice/client-{acme}/2026-10"
    firm.approve(key)
    assert "refuses staff new time in the billed projects up to 2026-10-31" in firm.type("push").out
    told = [event["detail"].get("stored", "") for event in said(firm.type("show", key, "--json"))["events"]]
    assert "Harvest stored 100.0; its projects are locked for staff to 2026-10-31" in told
    assert firm.type("push").out.strip() == "Nothing to send."
