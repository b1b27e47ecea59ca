"""What a person sees in Dagster's pages after a first run, read off the screen of a real browser."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

Opening = Callable[[str, str], Page]
GROUPS = (
    "harvest_api quickbooks_api raw_harvest raw_quickbooks harvest quickbooks confidential ledger policy contacts "
    "billing warehouse"
)
APPROVAL = re.compile(r"invoice/client-\d+/2026-10@[0-9a-f]{12}")


def words_of(page: Page) -> str:
    return page.inner_text("body")


def sees(page: Page, *texts: str) -> None:
    """Each of these is to be read on the page: parts of it come one after the other, later on a busy machine."""
    for text in texts:
        expect(page.locator("body")).to_contain_text(text, use_inner_text=True, timeout=20_000)


def dialog_of(page: Page, key: str) -> str:
    """What the Markdown of a metadata row says once a person opens it."""
    page.get_by_role("row", name=key).get_by_text("[Show Markdown]").click()
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    dialog.get_by_role("button", name="Copy").wait_for()
    words = dialog.inner_text()
    dialog.get_by_role("button", name="Close").click()
    dialog.wait_for(state="hidden")
    return words


def test_the_lineage_leads_from_both_systems_to_the_published_copy(open_page: Opening):
    page = open_page("/asset-groups", "quickbooks_api")
    sees(page, *GROUPS.split())
    shown = words_of(page).split()
    assert set(GROUPS.split()) <= set(shown)
    assert "Join the Dagster community" not in words_of(page)


def test_a_table_is_described_with_its_columns_rows_owner_and_sql(open_page: Opening):
    page = open_page("/assets/billing/invoice_drafts", "Reasons to wait; 0 = ready")
    sees(
        page,
        "Invoices as they would be made now",
        "DECIMAL(18,3)",
        "Row count",
        "finance",
        "DuckDB",
        "billing.invoice_drafts",
    )
    assert "invoice/client-" in dialog_of(page, "preview")
    assert "SELECT" in dialog_of(page, "sql")


def test_landed_tables_say_how_fresh_they_have_to_be(open_page: Opening):
    page = open_page("/assets/raw_harvest/time_entries", "Freshness policy")
    page.get_by_text("Fails if more than 26 hours since last materialization").wait_for()
    sees(page, "As Harvest told it")


def test_planned_invoices_show_what_to_approve_by_key_and_hash_and_what_waits_in_sentences(open_page: Opening):
    page = open_page("/assets/billing/planned_invoices", "held_documents")
    sees(page, " planned, 0 approved, ")
    assert re.search(r"\d+ planned, 0 approved, \d+ held\.", words_of(page))
    ready = dialog_of(page, "to_approve")
    assert APPROVAL.search(ready)
    assert "Bluebird Coffee Roasters, Oct 2026" in ready
    assert "H2610-" in ready
    held = dialog_of(page, "held_documents")
    assert "are not approved yet" in held


def test_the_launchpad_of_approve_opens_with_its_fields_and_explains_them(open_page: Opening):
    page = open_page("/locations/harvest_qb_pipeline/jobs/approve/playground", "No errors")
    sees(page, "approved_by: ''", "documents: []")
    expect(page.get_by_role("button", name="Launch Run")).to_be_enabled(timeout=20_000)
    open_page("/locations/harvest_qb_pipeline/jobs/approve", "list them as KEY@HASH")


def test_schedules_and_sensors_run_from_the_start_in_the_policys_zone(open_page: Opening):
    page = open_page("/automation", "push_when_ready")
    page.get_by_text("At 05:15 AM").first.wait_for()
    switches = page.locator("input[type=checkbox][role=switch], label:has(input[type=checkbox]) input")
    sees(page, "alert_on_failure", "daily_run", "hourly_sync", "publish_when_changed")
    assert {"alert_on_failure", "daily_run", "hourly_sync", "publish_when_changed"} <= set(words_of(page).split())
    assert switches.count() >= 5
    page = open_page("/locations/harvest_qb_pipeline/schedules/daily_run", "America/New_York")
    sees(page, "Running")


def test_runs_of_the_command_line_are_in_the_history(open_page: Opening):
    page = open_page("/runs", "Launched by")
    page.get_by_text("Success").first.wait_for()
    words = words_of(page).split()
    assert "run" in words
    # A command renews the analysts' copy as the last thing of its own run.
    assert "publish" not in words


def test_planned_contacts_show_who_is_linked_who_could_be_and_whom_to_approve(open_page: Opening):
    page = open_page("/assets/contacts/planned_contacts", "differing_fields")
    page.get_by_text("customer/client-6300009@").wait_for()
    sees(page, "Who is who, recorded in the ledger", "27 linked, 1 to approve")
    # Whoever is in conflict is on the page itself.
    sees(page, "Pinnacle Outdoor Co.")
    suggested = dialog_of(page, "suggested")
    assert "Brightwater Aquatic Centre" in suggested
    assert "same e-mail domain" in suggested
    assert "Copperleaf" not in suggested, "what is equal but for spelling is linked"


def test_links_are_decided_in_the_launchpad_as_well(open_page: Opening):
    page = open_page("/locations/harvest_qb_pipeline/jobs/confirm_links/playground", "Launch Run")
    sees(page, "confirm_links", "decided_by")
