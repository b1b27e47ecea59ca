"""Why drafts wait, in a bookkeeper's words (rules 1, 9, 13, 14, 15, 18, 21 to 25, 28, 34)."""

from datetime import date

import pytest

from harvest_qb_pipeline_tests.billing.books import POLICY, Books

OCTOBER = "invoice/client-1/2026-10"


def codes(books: Books, key: str = OCTOBER) -> set[str]:
    books.build()
    return set(books.holds(key))


def test_a_draft_without_trouble_has_no_hold(books):
    books.entry("2026-10-05", "2")
    assert codes(books) == set()
    assert books.one("SELECT hold_count FROM billing.invoice_drafts") == 0


def test_unapproved_time_holds_the_draft_and_names_people_and_hours(books):
    """Rule 13."""
    books.con.execute("UPDATE harvest.company SET approval_feature = true")
    books.entry("2026-10-05", "2", approval_status="approved")
    books.entry("2026-10-06", "7.5", approval_status="submitted")
    books.entry("2026-10-07", "3", approval_status="unsubmitted", user_id_harvest=1001)
    books.entry("2026-10-08", "1", approval_status="unsubmitted", user_id_harvest=1001)
    assert codes(books) == {"unapproved_time"}
    assert books.holds()["unapproved_time"].startswith(
        "3 entries, 11.5 h, by 2 people are not approved yet: Ann Lee 7.5 h, Bo Chan 4 h. "
    )
    assert books.drafts() == {OCTOBER: 200}


def test_unapproved_time_of_another_project_holds_the_draft_too(books):
    """The period has to be complete, although an import could do without that project."""
    books.con.execute("UPDATE harvest.company SET approval_feature = true")
    books.project(11, "Shop")
    books.entry("2026-10-05", "2", approval_status="approved")
    books.entry("2026-10-06", "1", approval_status="submitted", project_id_harvest=11)
    assert codes(books) == {"unapproved_time"}


def test_the_policy_may_bill_clean_projects(books):
    books.con.execute("UPDATE harvest.company SET approval_feature = true")
    books.say(f"{POLICY}\n[billing]\nclean_projects = true\n")
    books.project(11, "Shop")
    clean = books.entry("2026-10-05", "2", approval_status="approved")
    held = books.entry("2026-10-06", "1", approval_status="approved", project_id_harvest=11)
    books.entry("2026-10-07", "1", approval_status="submitted", project_id_harvest=11)
    books.build()
    assert books.drafts() == {OCTOBER: 200}
    assert books.one("SELECT hold_count FROM billing.invoice_drafts") == 0
    assert books.verdicts()[clean] == "line"
    assert books.reason_codes()[held] == "blocked_project"


def test_a_period_with_nothing_but_unapproved_time_is_told_without_a_draft(books):
    books.con.execute("UPDATE harvest.company SET approval_feature = true")
    books.entry("2026-10-06", "1", approval_status="submitted")
    assert codes(books) == {"unapproved_time"}
    assert books.drafts() == {}


def test_time_without_a_rate_holds_the_draft_when_an_import_would_take_it(books):
    """Rules 14 and 22."""
    books.entry("2026-10-05", "2")
    entry = books.entry("2026-10-06", "1.5", None, user_id_harvest=1001)
    assert codes(books) == {"not_isolable", "missing_rate"}
    assert f"Bo Chan, Oct 6, 1.5 h (no rate, entry {entry})" in books.holds()["not_isolable"]


def test_time_without_a_rate_on_another_project_waits_alone(books):
    books.project(11, "Shop")
    books.entry("2026-10-05", "2")
    books.entry("2026-10-06", "1", None, project_id_harvest=11)
    books.build()
    assert books.one("SELECT hold_count FROM billing.invoice_drafts") == 0
    assert "missing_rate" in books.holds()


def test_without_twins_bad_entries_wait_alone(books):
    books.say('twin = "none"\n' + POLICY)
    books.entry("2026-10-05", "2")
    books.entry("2026-10-06", "1", None)
    books.build()
    assert books.one("SELECT hold_count FROM billing.invoice_drafts") == 0


def test_a_running_timer_in_the_window_makes_a_draft_not_isolable(books):
    books.entry("2026-10-05", "2")
    timer = books.entry("2026-10-06", "1", is_running=True)
    assert codes(books) == {"not_isolable"}
    assert f"Ann Lee, Oct 6, 1 h (timer running, entry {timer})" in books.holds()["not_isolable"]


def test_the_window_begins_with_the_first_work_on_the_draft(books):
    """Rule 22: what lies before it is not imported, be it without a rate or before the cut-over."""
    books.say(POLICY.replace("2026-01-01", "2026-10-10"))
    books.entry("2026-10-12", "2")
    books.entry("2026-10-11", "1", None)
    books.entry("2026-10-09", "1")
    assert codes(books) == {"missing_rate"}
    assert books.one("SELECT hold_count FROM billing.invoice_drafts") == 0


def test_an_un_marked_entry_in_the_window_makes_the_next_draft_not_isolable(books):
    """Rule 23: October was billed, one of its entries was un-marked, and a late one widens November's window."""
    entry = books.entry("2026-10-20", "2")
    books.bill(OCTOBER, [entry])
    books.entry("2026-10-19", "1")
    books.today = date(2026, 12, 5)
    books.build()
    assert "billed before, then un-marked" in books.holds("invoice/client-1/2026-11")["not_isolable"]


def test_fixed_fees_are_one_hold_per_project(books):
    """Rule 15."""
    books.project(11, "Audit", is_fixed_fee=True, fee=5000)
    for day in ("2026-10-05", "2026-10-06"):
        books.entry(day, "2", project_id_harvest=11)
    books.build()
    found = books.rows("SELECT code, project_id_harvest, entries, amount FROM billing.holds")
    assert found == [("fixed_fee_without_schedule", 11, 2, 5000)]
    assert "Audit has a fixed fee of 5000.00 USD and no schedule" in books.holds()["fixed_fee_without_schedule"]


def test_billable_expenses_are_held_one_by_one_while_the_time_bills(books):
    books.entry("2026-10-05", "2")
    common = {"project_id_harvest": 10, "client_id_harvest": 1, "user_name": "Ann Lee", "spent_on": "2026-10-05"}
    for number, flags in enumerate([(True, False), (False, False), (True, True)]):
        books.add(
            "harvest.expenses",
            expense_id_harvest=number,
            expense_category_name="Travel",
            total_cost=number + 80,
            is_billable=flags[0],
            is_billed=flags[1],
            **common,
        )
    books.build()
    assert books.rows("SELECT subject, code, amount FROM billing.holds") == [("expense", "expense_not_billed", 80)]
    assert books.one("SELECT hold_count FROM billing.invoice_drafts") == 0


def test_a_foreign_currency_is_held(books):
    books.con.execute("UPDATE harvest.clients SET currency = 'EUR'; UPDATE quickbooks.customers SET currency = 'EUR'")
    books.entry("2026-10-05", "2")
    assert codes(books) == {"foreign_currency"}


def test_services_without_a_word_about_tax_are_held(books):
    """Rule 34."""
    books.say(POLICY.replace('services = "NON"', ""))
    books.entry("2026-10-05", "2")
    assert codes(books) == {"no_tax_rule"}


@pytest.mark.parametrize(("closed_on", "is_held"), [("2026-10-31", True), ("2026-10-30", False), (None, False)])
def test_an_invoice_dated_on_or_before_the_closing_date_is_held(books, closed_on, is_held):
    """Rule 1."""
    books.con.execute("UPDATE quickbooks.preferences SET book_close_on = ?", [closed_on])
    books.entry("2026-10-05", "2")
    assert codes(books) == ({"books_closed"} if is_held else set())


def test_the_policy_may_move_it_to_the_next_open_day_and_the_due_day_with_it(books):
    books.say('books_closed = "next_open_day"\n' + POLICY)
    books.con.execute("UPDATE quickbooks.preferences SET book_close_on = '2026-10-31'")
    books.entry("2026-10-05", "2")
    assert codes(books) == set()
    found = books.one("SELECT usual_on::VARCHAR, issue_on::VARCHAR, due_on::VARCHAR FROM billing.invoice_drafts")
    assert found == ("2026-10-31", "2026-11-01", "2026-12-01")


def test_terms_by_a_day_of_the_month_are_due_on_that_day(books):
    """Rule 2."""
    books.con.execute("UPDATE quickbooks.terms SET due_days = NULL, due_day_of_month = 15, due_next_month_days = 5")
    books.entry("2026-10-05", "2")
    books.build()
    assert books.one("SELECT due_on::VARCHAR FROM billing.invoice_drafts") == "2026-11-15"


@pytest.mark.parametrize(
    ("began_at", "from_on", "is_held"),
    [
        ("2026-11-04 05:00:00Z", "2026-01-01", False),
        ("2026-11-04 04:59:59Z", "2026-01-01", True),
        ("2026-11-04 05:00:00Z", "2026-10-06", True),
    ],
)
def test_a_period_that_was_not_read_in_full_since_it_closed_is_held(books, began_at, from_on, is_held):
    """Rule 9. The period closes at midnight in New York, after the third day of grace."""
    books.con.execute("UPDATE raw_harvest.swept_windows SET began_at = ?, from_on = ?", [began_at, from_on])
    books.entry("2026-10-05", "2")
    assert codes(books) == ({"not_synced_since_close"} if is_held else set())


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE quickbooks.items SET is_active = false", "no active item Services"),
        ("DELETE FROM quickbooks.items", "no active item Services"),
        ("UPDATE quickbooks.terms SET is_active = false", "no active payment terms Net 30"),
    ],
)
def test_what_the_policy_names_and_quickbooks_lacks_is_told(books, statement, words):
    books.con.execute(statement)
    books.entry("2026-10-05", "2")
    assert codes(books) == {"missing_reference"}
    assert words in books.holds()["missing_reference"]


def test_an_income_account_that_is_not_there_is_told(books):
    books.say(POLICY + '[[items.rules]]\nclient = 1\nitem = "Services"\nincome_account = "Design Income"\n')
    books.entry("2026-10-05", "2")
    assert codes(books) == {"missing_reference"}
    assert "no active account Design Income" in books.holds()["missing_reference"]


def test_a_cap_counts_what_was_billed_before(books):
    """Rule 21."""
    books.say(POLICY + '[[caps]]\nproject = "Website"\namount = 300\n')
    billed = books.entry("2026-09-05", "2", is_billed=True)
    books.bill("invoice/client-1/2026-09", [billed])
    books.con.execute("UPDATE ledger.sources SET amount = 200")
    books.entry("2026-10-05", "1")
    assert codes(books) == set()
    books.entry("2026-10-06", "0.01")
    assert codes(books) == {"over_cap"}
    assert (
        "up to 300.00 USD in all; 200.00 is on bills and drafts before it, and this draft adds 101.00."
        in books.holds()["over_cap"]
    )


def test_a_credit_limit_counts_what_the_customer_owes(books):
    """Rule 25."""
    books.say(f"{POLICY}\n[billing]\ncredit_limit = 1000\n")
    books.con.execute("UPDATE quickbooks.customers SET balance_with_jobs = 900")
    books.entry("2026-10-05", "1")
    assert codes(books) == set()
    books.entry("2026-10-06", "0.01")
    assert codes(books) == {"over_credit_limit"}
    assert books.holds()["over_credit_limit"] == (
        "Acme Ltd owes 900.00 USD with the drafts before this one, and would owe 1001.00; its limit is 1000.00. "
        "Collect first, or raise credit_limit in the policy."
    )


def test_more_adjusted_than_worked_is_held(books):
    """Rule 18."""
    books.entry("2026-10-05", "1")
    books.add("ledger.adjustments", adjustment_id=1, document=OCTOBER, amount=-101, reason="a")
    assert codes(books) == {"negative_total"}


def test_harvests_own_copy_holds_every_draft(books):
    """Rule 28."""
    books.say(POLICY.replace('native_copy = "off"', 'native_copy = "on"'))
    books.entry("2026-10-05", "1")
    assert codes(books) == {"native_copy_on"}


@pytest.mark.parametrize(("twin", "expected"), [("import", {"invoices_off"}), ("none", set())])
def test_harvest_without_invoices_can_make_no_twin(books, twin, expected):
    """Rule 23."""
    books.say(f'twin = "{twin}"\n' + POLICY)
    books.con.execute("UPDATE harvest.company SET invoice_feature = false")
    books.entry("2026-10-05", "1")
    assert codes(books) == expected


def other_invoice(books: Books, **values: object) -> None:
    given = {"invoice_id_qb": "77", "doc_number": "1099", "customer_id_qb": "50", "currency": "USD"}
    books.add("quickbooks.invoices", **(given | {"transaction_on": "2026-10-31", "total_amount": 100} | values))


def test_the_same_customer_day_and_amount_in_quickbooks_may_be_the_same_bill(books):
    """Rule 28."""
    books.entry("2026-10-05", "1")
    other_invoice(books)
    assert codes(books) == {"possible_duplicate"}


def test_another_day_or_amount_is_another_bill(books):
    books.entry("2026-10-05", "1")
    other_invoice(books, transaction_on="2026-10-30")
    other_invoice(books, invoice_id_qb="78", total_amount=101)
    assert codes(books) == set()


def test_a_copy_of_a_bill_that_we_posted_is_reported(books):
    """Rule 28: the native copy leaves an invoice with our number."""
    books.bill(OCTOBER, [books.entry("2026-10-05", "1", is_billed=True)])
    other_invoice(books, invoice_id_qb="invoice-1", doc_number="H2610-0001")
    other_invoice(books, invoice_id_qb="78", doc_number="H2610-0001", total_amount=5)
    assert codes(books) == {"possible_duplicate"}
    assert "with the same number" in books.holds()["possible_duplicate"]


def test_a_bill_whose_twin_has_an_id_that_is_none_is_told_and_stops_no_other(books):
    """A ledger from before ids were checked: one bad row never stops the plan of all."""
    entry = books.entry("2026-10-05", "1")
    books.bill(OCTOBER, [entry])
    books.con.execute("UPDATE ledger.postings SET external_id = 'None' WHERE kind = 'twin'")
    assert {"twin_gone"} <= codes(books)
    assert books.verdicts()[entry] == "billed_before"


def test_a_twin_that_somebody_deleted_is_told_and_its_time_stays_billed(books):
    """Rule 23."""
    entry = books.entry("2026-10-05", "1")
    books.bill(OCTOBER, [entry])
    books.con.execute("DELETE FROM harvest.invoices")
    assert {"twin_gone"} <= codes(books)
    assert books.verdicts()[entry] == "billed_before"


def test_differences_from_harvests_own_report_are_shown_by_project(books):
    """Rule 55."""
    books.project(11, "Shop")
    books.entry("2026-10-05", "2")
    books.entry("2026-10-05", "1", project_id_harvest=11)
    for project, hours in ((10, 2), (11, 4)):
        books.add(
            "harvest.uninvoiced",
            project_id_harvest=project,
            from_on="2026-01-01",
            to_on="2026-11-05",
            uninvoiced_hours=hours,
            uninvoiced_amount=hours * 100 + 30,
            uninvoiced_expenses=30,
        )
    books.build()
    found = books.rows("SELECT project_label, hours_difference, amount_difference FROM billing.uninvoiced_differences")
    assert found == [("Shop", -3, -300)]


def test_a_cap_counts_the_drafts_that_go_out_before(books):
    """Rule 21: each of two drafts under the cap, both together over it."""
    books.say(f"{POLICY}[[caps]]\nproject = 10\namount = 1000\n")
    books.entry("2026-09-05", "6")
    books.entry("2026-10-05", "6")
    books.build()
    assert books.holds("invoice/client-1/2026-09") == {}
    assert "600.00 is on bills and drafts before it" in books.holds(OCTOBER)["over_cap"]


def test_a_credit_limit_counts_the_drafts_that_go_out_before(books):
    """Rule 25."""
    books.say(f"{POLICY}[billing]\ncredit_limit = 1000\n")
    books.entry("2026-09-05", "6")
    books.entry("2026-10-05", "6")
    books.build()
    assert books.holds("invoice/client-1/2026-09") == {}
    assert "would owe 1200.00" in books.holds(OCTOBER)["over_credit_limit"]


def test_clean_projects_alone_may_be_below_the_minimum(books):
    """Rule 21: the time that waits has carried the period over it."""
    books.say(
        f"{POLICY}[approvals]\nuse_harvest_approvals = true\n[billing]\nclean_projects = true\nminimum_invoice = 100\n"
    )
    books.project(11, "Shop")
    books.entry("2026-10-05", "0.5", approval_status="approved")
    books.entry("2026-10-05", "1", project_id_harvest=11)
    books.build()
    assert "it is 50.00 USD, below the minimum invoice of 100.00" in books.holds(OCTOBER)["below_minimum"]


def test_a_possible_duplicate_may_have_no_number(books):
    books.entry("2026-10-05", "6")
    books.add(
        "quickbooks.invoices", invoice_id_qb="9", customer_id_qb="50", transaction_on="2026-10-31", total_amount=600
    )
    books.build()
    assert "not ours: without a number (id 9)" in books.holds()["possible_duplicate"]


def test_a_category_is_no_item_to_sell(books):
    books.con.execute("UPDATE quickbooks.items SET item_type = 'Category'")
    books.entry("2026-10-05", "6")
    books.build()
    assert "no active item Services" in books.holds()["missing_reference"]


def test_an_adjustment_whose_work_is_gone_is_told(books):
    """Rule 20: nothing that a person decided is dropped in silence."""
    entry = books.entry("2026-10-05", "10")
    books.add("ledger.adjustments", adjustment_id=1, document=OCTOBER, amount=-250, reason="Agreed write-down")
    books.build()
    assert books.holds() == {}
    books.con.execute("DELETE FROM harvest.time_entries WHERE time_entry_id_harvest = ?", [entry])
    books.build()
    assert (
        "adjustment of -250.00 USD for Acme Ltd (Agreed write-down) is on no draft" in books.holds()["adjustment_left"]
    )
