"""What becomes of a time entry (rules 3, 5, 13, 14, 15, 17, 22, 23, 25), a bookkeeper's example each."""

import pytest

from harvest_qb_pipeline_tests.billing.books import POLICY, Books

OCTOBER = "invoice/client-1/2026-10"


def verdict(books: Books, entry: int) -> tuple[str, str]:
    books.build()
    return books.verdicts()[entry], books.reason_codes()[entry]


def test_billable_time_of_a_closed_month_is_on_a_line(books):
    entry = books.entry("2026-10-05", "2.5")
    assert verdict(books, entry) == ("line", "line")
    assert books.drafts() == {OCTOBER: 250}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"is_billable": False, "billable_rate": None}, ("not_billable", "not_billable")),
        ({"is_running": True}, ("running", "running")),
        ({"is_billed": True}, ("billed_before", "billed_by_hand")),
        ({"is_billed": True, "invoice_number": "1044"}, ("billed_before", "billed_in_harvest")),
        ({"hours_rounded": 0}, ("not_billable", "no_hours")),
        ({"spent_on": "2025-12-31"}, ("before_cutover", "before_cutover")),
        ({"spent_on": "2026-11-02"}, ("not_due", "not_due")),
        ({"billable_rate": None}, ("held", "missing_rate")),
        ({"billable_rate": "0"}, ("held", "missing_rate")),
        ({"client_id_harvest": 7}, ("held", "split_billing")),
    ],
)
def test_everything_else_has_its_own_verdict(books, values, expected):
    rate = values.pop("billable_rate", "100")
    entry = books.entry(values.pop("spent_on", "2026-10-05"), "2", rate, **values)
    assert verdict(books, entry) == expected


def test_time_on_a_project_that_was_not_read_is_held_and_not_lost(books):
    entry = books.entry("2026-10-05", "2")
    books.con.execute("UPDATE harvest.time_entries SET project_id_harvest = 77")
    assert verdict(books, entry) == ("held", "unknown_project")


def test_hours_of_a_fixed_fee_are_not_hourly(books):
    """Rule 15."""
    books.project(11, "Audit", is_fixed_fee=True, fee=5000)
    entry = books.entry("2026-10-05", "2", project_id_harvest=11)
    assert verdict(books, entry) == ("not_hourly", "not_hourly")


def test_no_rate_is_billed_at_nothing_where_the_policy_calls_the_work_free(books):
    """Rule 14."""
    books.say(POLICY + '[[free]]\nproject = "Website"\ntask = "Design"\n')
    free = books.entry("2026-10-05", "2", None)
    other = books.entry("2026-10-05", "3", None, task_id_harvest=101)
    books.build()
    assert books.verdicts() == {free: "line", other: "held"}
    assert books.drafts() == {OCTOBER: 0}


@pytest.mark.parametrize(
    ("feature", "policy", "expected"),
    [
        (True, "", ("held", "unapproved_time")),
        (False, "", ("line", "line")),
        (True, "[approvals]\nuse_harvest_approvals = false\n", ("line", "line")),
        (False, "[approvals]\nuse_harvest_approvals = true\n", ("held", "unapproved_time")),
    ],
)
def test_unapproved_time_waits_where_approvals_count(books, feature, policy, expected):
    """Rule 13: the account decides, the policy may override."""
    books.say(POLICY + policy)
    books.con.execute("UPDATE harvest.company SET approval_feature = ?", [feature])
    entry = books.entry("2026-10-05", "2", approval_status="submitted")
    assert verdict(books, entry) == expected


def test_approved_time_bills_where_approvals_count(books):
    books.con.execute("UPDATE harvest.company SET approval_feature = true")
    entry = books.entry("2026-10-05", "2", approval_status="approved")
    assert verdict(books, entry) == ("line", "line")


def test_an_entry_on_our_finished_bill_is_billed_before(books):
    entry = books.entry("2026-10-05", "2", is_billed=True, invoice_number="H2610-0001")
    books.bill(OCTOBER, [entry])
    assert verdict(books, entry) == ("billed_before", "billed_by_us")
    assert books.drafts() == {}


def test_an_entry_on_our_unfinished_bill_is_in_flight_whatever_harvest_says(books):
    marked = books.entry("2026-10-05", "2", is_billed=True, invoice_number="H2610-0001")
    unmarked = books.entry("2026-10-06", "2")
    books.bill(OCTOBER, [marked, unmarked], state="uncertain")
    books.build()
    assert books.verdicts() == {marked: "in_flight", unmarked: "in_flight"}


def test_an_entry_that_somebody_un_marked_after_we_billed_it_is_not_billed_again(books):
    """Rule 23."""
    entry = books.entry("2026-10-05", "2")
    books.bill(OCTOBER, [entry])
    assert verdict(books, entry) == ("billed_before", "unmarked")
    assert "No longer marked as invoiced in Harvest: 1 entry, 2 h" in books.holds(OCTOBER)["unmarked"]


def test_a_planned_bill_that_was_never_sent_consumes_nothing(books):
    entry = books.entry("2026-10-05", "2")
    books.bill(OCTOBER, [entry], state="planned")
    books.con.execute("UPDATE ledger.postings SET state = 'planned', external_id = NULL")
    assert verdict(books, entry) == ("line", "line")


def test_a_bill_that_may_have_been_sent_consumes_its_time(books):
    entry = books.entry("2026-10-05", "2")
    books.bill(OCTOBER, [entry])
    books.con.execute("UPDATE ledger.postings SET state = 'approved', external_id = NULL, unknown_attempts = 1")
    assert verdict(books, entry)[0] == "in_flight"


def test_a_superseded_bill_gives_its_time_back(books):
    entry = books.entry("2026-10-05", "2")
    books.bill(OCTOBER, [entry])
    books.con.execute("UPDATE ledger.postings SET state = 'superseded'")
    assert verdict(books, entry) == ("line", "line")


def test_late_work_goes_on_the_next_bill_and_is_flagged(books):
    """Rule 3: October is billed, so its forgotten hours go with November."""
    billed = books.entry("2026-10-05", "2", is_billed=True, invoice_number="H2610-0001")
    books.bill(OCTOBER, [billed])
    forgotten = books.entry("2026-10-20", "1.5")
    november = books.entry("2026-11-03", "1")
    books.build()
    assert books.verdicts()[forgotten] == "not_due"
    books.today = books.today.replace(month=12)
    books.con.execute("UPDATE raw_harvest.swept_windows SET to_on = '2026-12-05', began_at = '2026-12-05 12:00:00Z'")
    books.build()
    assert books.verdicts() == {billed: "billed_before", forgotten: "line", november: "line"}
    draft = books.one(
        "SELECT document_key, entries, late_entries, window_from::VARCHAR, hold_count FROM billing.invoice_drafts"
    )
    assert draft == ("invoice/client-1/2026-11", 2, 1, "2026-10-20", 0)


def test_work_left_of_a_month_that_was_billed_by_hand_is_late_too(books):
    books.add("harvest.invoices", invoice_id_harvest=800, invoice_number="1044", issued_on="2026-09-30")
    books.entry("2026-09-05", "40", is_billed=True, invoice_id_harvest=800, invoice_number="1044")
    forgotten = books.entry("2026-09-06", "2")
    books.entry("2026-10-06", "3")
    books.build()
    found = books.one(
        "SELECT document_key, is_late FROM billing.billable_time WHERE time_entry_id_harvest = ?", forgotten
    )
    assert found == (OCTOBER, True)


def test_one_hand_made_invoice_in_the_middle_of_a_month_does_not_close_it(books):
    books.add("harvest.invoices", invoice_id_harvest=800, invoice_number="1044", issued_on="2026-10-15")
    books.entry("2026-10-05", "40", is_billed=True, invoice_id_harvest=800, invoice_number="1044")
    books.entry("2026-10-20", "2")
    books.build()
    assert books.drafts() == {OCTOBER: 200}


def test_reasons_are_sentences(books):
    books.entry("2026-10-05", "2", None)
    books.build()
    assert books.one("SELECT reason FROM billing.billable_time") == (
        "It has no billable rate, and the policy does not call it free"
    )


def test_hours_of_a_fixed_fee_that_was_billed_by_hand_do_not_close_the_month_for_hourly_work(books):
    books.project(11, "Fixed", is_fixed_fee=True)
    books.add("harvest.invoices", invoice_id_harvest=5, invoice_number="77", issued_on="2026-10-31")
    on_it = {"is_billed": True, "invoice_id_harvest": 5, "invoice_number": "77"}
    books.entry("2026-10-05", "100", project_id_harvest=11, **on_it)
    assert verdict(books, books.entry("2026-10-06", "6")) == ("line", "line")


def test_without_twins_nothing_is_marked_so_nothing_was_un_marked(books):
    """Rule 23: only the ledger guards then."""
    entry = books.entry("2026-10-05", "1")
    books.bill(OCTOBER, [entry])
    books.con.execute("DELETE FROM ledger.postings WHERE kind = 'twin'")
    assert verdict(books, entry) == ("billed_before", "billed_by_us")
    assert books.holds() == {}


def test_a_timer_on_unbillable_work_is_nothing_to_wait_for(books):
    books.say(f"{POLICY}\n[billing]\nclean_projects = true\n")
    books.entry("2026-10-05", "1", is_running=True, is_billable=False)
    assert verdict(books, books.entry("2026-10-05", "6")) == ("line", "line")


def test_time_that_waits_with_its_project_is_told(books):
    books.say(f"{POLICY}\n[billing]\nclean_projects = true\n")
    books.entry("2026-10-05", "1", is_running=True)
    assert verdict(books, books.entry("2026-10-05", "6")) == ("held", "blocked_project")
    assert books.holds()["blocked_project"].startswith("1 entry, 6 h, by one person, wait with their project: Ann Lee")
