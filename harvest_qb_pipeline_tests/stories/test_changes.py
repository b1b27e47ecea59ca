"""Between a draft and its invoice: approving time, adjusting, refusing, cancelling, asking, changing the rules."""

import re
from collections.abc import Callable

import pytest

from harvest_qb_pipeline.ledger import adjustments, approval, reading, requests
from harvest_qb_pipeline.ledger.states import NotAllowed
from harvest_qb_pipeline_tests.stories.firm import BOTH_OFF, D, Firm


def test_work_logged_after_its_month_was_billed_goes_on_the_next_invoice_flagged_late(found: Callable[..., Firm]):
    firm = found(today="2026-10-06")
    acme = firm.client("Acme Ltd")
    web = firm.project(acme, "Website")
    firm.log(web, "2026-09-10", "3")
    firm.draw_up()
    september = f"invoice/client-{acme}/2026-09"
    firm.bill(september)
    assert firm.both(september) == (D(300), D(300))

    firm.log(web, "2026-09-28", "0.75")
    firm.log(web, "2026-10-12", "2")
    firm.move_to("2026-11-05")
    firm.plan()
    october = f"invoice/client-{acme}/2026-10"
    assert firm.posting(october).summary == "Invoice Acme Ltd, Oct 2026: 2 entries, 1 late, 2.75 h, 275.00 USD"
    assert firm.rows("SELECT spent_on::VARCHAR, reason FROM billing.billable_time WHERE is_late") == [
        ("2026-09-28", "Late: its own period is already billed, so it goes on the next invoice")
    ]
    firm.bill(october)
    assert firm.both(october) == (D(275), D(275))
    assert firm.both(september) == (D(300), D(300))
    assert all(entry["is_billed"] for entry in firm.harvest("time_entries"))


def test_time_approved_in_harvest_releases_the_client_at_the_next_plan(firm: Firm):
    birch = firm.client("Birch Ltd")
    shop = firm.project(birch, "Shop", "87.50")
    firm.log(shop, "2026-10-01", "8")
    waiting = firm.log(shop, "2026-10-05", "1.5", approved=False)
    firm.draw_up()
    key = f"invoice/client-{birch}/2026-10"
    assert firm.holds(key) == {
        "unapproved_time": "1 entry, 1.5 h, by one person is not approved yet: Ann Lee 1.5 h. Approve the time in "
        "Harvest, or let the policy bill clean projects."
    }
    assert firm.document(key).doc_number is None, "what is held takes no number"

    firm.in_harvest("PATCH", f"time_entries/{waiting}", approval_status="approved")
    firm.plan()
    assert firm.lines(key) == [(D("9.50"), D("87.50"), D("831.25"))]
    firm.bill(key)
    assert firm.both(key) == (D("831.25"), D("831.25"))
    assert firm.invoice(key)["DocNumber"] == "H2610-0001"


def test_an_adjustment_voids_the_approval_and_is_a_line_in_both_systems(firm: Firm):
    acme = firm.client("Acme Ltd")
    firm.log(firm.project(acme, "Website"), "2026-10-05", "10")
    firm.draw_up()
    key = f"invoice/client-{acme}/2026-10"
    seen = firm.document(key).sha256
    firm.approve(key)
    firm.ledger(lambda ledger: adjustments.adjust(ledger, key, amount=D(-250), reason="Goodwill", by="Bea"))
    firm.plan()

    document = firm.document(key)
    assert (document.state, document.revision) == ("planned", 2)
    assert [(given.revision, bool(given.void_because)) for given in document.approvals] == [(1, True)]
    firm.push()
    assert firm.quickbooks("Invoice") == []

    with pytest.raises(NotAllowed) as refused:
        firm.ledger(lambda ledger: approval.approve(ledger, key, by="Bea", sha256=seen, via="test"))
    assert seen[:8] in str(refused.value)
    assert document.sha256[:8] in str(refused.value)

    firm.bill(key)
    assert firm.both(key) == (D(750), D(750))
    assert firm.lines(key) == [(D("10.00"), D("100.00"), D("1000.00")), (D("1.00"), D("-250.00"), D("-250.00"))]
    adjustment = firm.invoice(key)["Line"][1]
    assert (adjustment["Description"], D(str(adjustment["Amount"]))) == ("Goodwill", D(-250))
    assert [(line["description"], D(str(line["amount"]))) for line in firm.twin(key)["line_items"]][1] == (
        "Goodwill",
        D(-250),
    )


def test_a_cancelled_invoice_stays_away_until_what_it_would_bill_changes(firm: Firm):
    acme = firm.client("Acme Ltd")
    web = firm.project(acme, "Website")
    firm.log(web, "2026-10-05", "1")
    firm.draw_up()
    key = f"invoice/client-{acme}/2026-10"
    firm.ledger(lambda ledger: approval.cancel(ledger, key, by="Bea", reason="Paid in kind"))
    firm.plan()
    assert firm.document(key).state == "cancelled"
    with pytest.raises(NotAllowed):
        firm.approve(key)

    firm.log(web, "2026-10-06", "2")
    firm.plan()
    assert (firm.document(key).state, firm.posting(key).amount) == ("planned", D("300.00"))
    firm.bill(key)
    assert firm.both(key) == (D(300), D(300))


def test_a_client_on_demand_is_billed_to_the_day_somebody_asks_for(firm: Firm):
    pine = firm.client("Pine Ltd")
    cone = firm.project(pine, "Cone")
    firm.policy(rest=f'[[clients]]\nclient = {pine}\ncadence = "on_demand"')
    firm.log(cone, "2026-10-05", "2")
    firm.log(cone, "2026-10-28", "4")
    firm.draw_up()
    assert firm.states() == {}

    asked = firm.type("bill", str(pine), "--to", "2026-10-20", "--by", "Bea")
    assert (asked.code, asked.out) == (
        0,
        f"Client {pine} will be billed to 2026-10-20. `harvest-qb plan` draws it up.\n",
    )
    firm.plan()
    key = f"invoice/client-{pine}/2026-10-20"
    firm.bill(key)
    assert firm.both(key) == (D(200), D(200))

    day = firm.posting(key).occurs_on.replace(day=31)
    firm.ledger(lambda ledger: requests.request_billing(ledger, client_id_harvest=str(pine), to_on=day, by="Bea"))
    firm.plan()
    rest = f"invoice/client-{pine}/2026-10-31"
    firm.bill(rest)
    assert firm.both(rest) == (D(400), D(400))


def test_closed_books_hold_unless_the_policy_takes_the_next_open_day(firm: Firm):
    acme = firm.client("Acme Ltd")
    firm.log(firm.project(acme, "Website"), "2026-10-05", "1")
    firm.in_quickbooks("PATCH", "Preferences/1", AccountingInfoPrefs={"BookCloseDate": "2026-10-31"})
    firm.draw_up()
    key = f"invoice/client-{acme}/2026-10"
    assert firm.holds(key) == {
        "books_closed": "The books are closed to Oct 31, 2026, and this invoice is dated Oct 31, 2026. "
        "Open the period, or let the policy use the next open day."
    }
    firm.policy(top=BOTH_OFF + 'books_closed = "next_open_day"')
    firm.plan()
    firm.bill(key)
    invoice = firm.invoice(key)
    assert (invoice["TxnDate"], invoice["DueDate"]) == ("2026-11-01", "2026-12-01")
    assert invoice["PrivateNote"].startswith("Oct 2026, for 2026-10-31 [hq:")
    assert invoice["Line"][0]["SalesItemLineDetail"]["ServiceDate"] == "2026-10-05"
    assert invoice["DocNumber"] == firm.twin(key)["number"] == "H2611-0001"


def test_books_that_close_after_the_approval_hold_the_whole_bill_until_they_are_open(firm: Firm):
    acme = firm.client("Acme Ltd")
    firm.log(firm.project(acme, "Website"), "2026-10-05", "1")
    firm.draw_up()
    key = f"invoice/client-{acme}/2026-10"
    firm.approve(key)
    firm.in_quickbooks("PATCH", "Preferences/1", AccountingInfoPrefs={"BookCloseDate": "2026-10-31"})
    firm.push()
    assert "closed through 2026-10-31" in firm.holds(key)["books_closed"]
    assert (firm.quickbooks("Invoice"), firm.harvest("invoices")) == ([], [])

    firm.in_quickbooks("PATCH", "Preferences/1", AccountingInfoPrefs={"BookCloseDate": None})
    firm.sync()
    firm.plan()
    firm.bill(key)
    assert firm.both(key) == (D(100), D(100))


def test_another_grouping_draws_everything_up_anew_and_takes_the_hours_along(firm: Firm):
    lark = firm.client("Lark Ltd")
    app, store = firm.project(lark, "App"), firm.project(lark, "Store")
    firm.log(app, "2026-10-05", "1")
    firm.log(store, "2026-10-05", "2")
    firm.draw_up()
    whole = f"invoice/client-{lark}/2026-10"
    firm.approve(whole)
    firm.policy(billing='invoice_per = "project"')
    firm.plan()
    parts = {
        f"invoice/client-{lark}/project-{app}/2026-10": D(100),
        f"invoice/client-{lark}/project-{store}/2026-10": D(200),
    }
    old = firm.document(whole)
    assert old.state == "superseded"
    assert [bool(given.void_because) for given in old.approvals] == [True]
    assert {p.key: (p.state, p.amount) for p in firm.postings("invoice")} == {
        key: ("planned", amount) for key, amount in parts.items()
    }
    firm.push()
    assert firm.quickbooks("Invoice") == []
    firm.bill(*parts)
    assert {key: firm.both(key) for key in parts} == {key: (amount, amount) for key, amount in parts.items()}


def test_small_invoices_of_known_customers_go_out_by_themselves_and_larger_ones_wait(firm: Firm):
    firm.policy(rest="[approvals]\nautomatic_up_to = 150")
    hours = {"Small Ltd": "1.5", "Large Ltd": "1.51"}
    keys = {}
    for name, spent in hours.items():
        client = firm.client(name)
        keys[name] = f"invoice/client-{client}/2026-10"
        firm.log(firm.project(client, f"For {name}"), "2026-10-05", spent)
    new = firm.client("New Ltd", is_known=False)
    firm.log(firm.project(new, "Fresh"), "2026-10-05", "1")
    firm.job("run")
    assert firm.both(keys["Small Ltd"]) == (D(150), D(150))
    assert firm.document(keys["Small Ltd"]).approvals[0].approved_by == "policy"
    assert firm.document(keys["Large Ltd"]).state == "planned"
    assert firm.document(f"invoice/client-{new}/2026-10").state == "planned"
    assert len(firm.quickbooks("Invoice")) == 1


def test_twins_stay_drafts_until_the_policy_states_that_nothing_is_copied_or_mailed(firm: Firm):
    firm.policy(top='auto_reminders = "off"')
    acme = firm.client("Acme Ltd")
    firm.log(firm.project(acme, "Website"), "2026-10-05", "1")
    firm.draw_up()
    key = f"invoice/client-{acme}/2026-10"
    firm.bill(key)
    assert firm.both(key) == (D(100), D(100))
    assert firm.twin(key)["state"] == "draft"
    assert {posting.kind for posting in firm.postings()} == {"twin", "invoice"}
    assert firm.harvest("invoice_messages") == []


def test_rates_and_rounding_changed_without_a_trace_are_seen_before_planning(firm: Firm):
    acme = firm.client("Acme Ltd")
    web = firm.project(acme, "Website")
    firm.log(web, "2026-10-05", "1.03")
    firm.draw_up()
    key = f"invoice/client-{acme}/2026-10"
    assert firm.posting(key).amount == D("103.00")
    firm.in_harvest("PATCH", "company/1", time_rounding="nearest_15")
    firm.in_harvest("PATCH", f"projects/{web}", hourly_rate=110)
    firm.plan()
    entry = firm.harvest("time_entries")[0]
    expected = D(str(entry["rounded_hours"])) * D(str(entry["billable_rate"]))
    assert firm.posting(key).amount == expected == D("110.00")
    assert re.fullmatch(r"[0-9a-f]{64}", firm.document(key).sha256)
    events = firm.ledger(lambda ledger: reading.events_of(ledger, key))
    assert events
