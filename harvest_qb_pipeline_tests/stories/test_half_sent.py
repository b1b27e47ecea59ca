"""A bill that stands in one system and was stopped on the way to the other is the first thing that anybody is told."""

from decimal import Decimal

import duckdb
import pytest

from harvest_qb_pipeline.jsontext import loads
from harvest_qb_pipeline_tests.stories.firm import Firm


@pytest.fixture
def stopped(firm: Firm) -> tuple[Firm, str]:
    """Birch Ltd's twin stands in Harvest, and QuickBooks has refused its invoice."""
    birch = firm.client("Birch Ltd")
    firm.log(firm.project(birch, "Garden", rate=90), "2026-10-06", "3")
    firm.draw_up()
    key = f"invoice/client-{birch}/2026-10"
    firm.approve(key)
    firm.refuse_an_invoice()
    firm.push()
    assert (firm.posting(key).state, len(firm.harvest("invoices"))) == ("rejected", 1)
    return firm, key


def test_status_begins_with_it_its_money_and_both_ways_out(stopped: tuple[Firm, str]) -> None:
    firm, key = stopped
    first = firm.type("status").out.splitlines()[0]
    assert first.startswith("HALF-SENT  Birch Ltd, Oct 2026, 270.00 USD, is half-sent")
    twin = firm.harvest("invoices")[0]
    assert f"the draft invoice in Harvest {twin['number']} stands (id {twin['id']})" in first
    assert "Line is missing" in first
    assert f"`harvest-qb retry {key}` finishes it; `harvest-qb unwind {key} --reason WHY` takes it back." in first
    said = loads(firm.type("status", "--json").out)["half_sent"]
    assert [half["document"] for half in said] == [key]


def test_what_waits_for_it_is_not_said_to_be_sent_by_the_next_push(stopped: tuple[Firm, str]) -> None:
    firm, _ = stopped
    out = firm.type("status").out
    assert "`harvest-qb push` sends them" not in out
    assert "for what is half-sent, above" in out


def test_every_push_fails_and_says_it_until_somebody_decides(stopped: tuple[Firm, str]) -> None:
    firm, key = stopped
    for _ in range(2):
        result = firm.job("push", may_fail=True)
        assert not result.success
        (failure,) = result.get_step_failure_events()
        assert "Birch Ltd, Oct 2026, 270.00 USD, is half-sent" in str(failure.step_failure_data.error)
        assert {event.asset_key.path[-1] for event in result.get_asset_materialization_events() if event.asset_key} == {
            "posted_contacts",
            "posted_invoices",
        }
    typed = firm.type("push")
    assert (typed.code, "is half-sent" in typed.err) == (1, True)
    # The analysts' copy is renewed all the same.
    with duckdb.connect(str(firm.home / "analytics.duckdb"), read_only=True) as copy:
        assert copy.execute("SELECT state FROM ledger.postings WHERE kind = 'invoice'").fetchall() == [("rejected",)]
    firm.type("retry", key, "--by", "Bea")
    assert firm.job("push").success
    assert firm.both(key) == (Decimal(270), Decimal(270))
    # What failed before is still told as an alert of its day.
    told = firm.type("status").out.splitlines()
    assert [line for line in told if "half-sent" in line.lower() and not line.startswith("  alert 20")] == []
    assert len([line for line in told if line.startswith("  alert 20")]) == 1


def test_taken_back_it_is_gone_and_its_hours_are_free(stopped: tuple[Firm, str]) -> None:
    firm, key = stopped
    firm.type("unwind", key, "--reason", "The client asked for two invoices", "--by", "Bea")
    firm.push()
    assert firm.harvest("invoices") == []
    assert "half-sent" not in firm.type("status").out
    assert [entry["is_billed"] for entry in firm.harvest("time_entries")] == [False]


def test_an_item_that_died_in_between_is_replaced_in_the_policy_and_only_the_invoice_is_drawn_anew(firm: Firm) -> None:
    birch = firm.client("Birch Ltd")
    firm.policy(rest='[items]\ndefault = "Hours"\n')
    firm.log(firm.project(birch, "Garden", rate=90), "2026-10-06", "3")
    firm.draw_up()
    key = f"invoice/client-{birch}/2026-10"
    firm.approve(key)
    firm.refuse_an_invoice("610", "Object Not Found : Something you're trying to use has been made inactive.")
    firm.push()
    twin = firm.harvest("invoices")
    used = firm.posting(key).payload["Line"][0]["SalesItemLineDetail"]["ItemRef"]["value"]
    firm.in_quickbooks("PATCH", f"Item/{used}", Active=False)
    assert "`harvest-qb plan` draws it anew" in firm.type("status").out.splitlines()[0]

    firm.policy(rest='[items]\ndefault = "Services"\n')
    firm.sync()
    firm.plan()
    first = firm.type("status").out.splitlines()[0]
    assert "is drawn anew and waits for approval" in first
    assert f"`harvest-qb approve {key}` finishes it" in first
    assert firm.states()[key] == "planned"
    pushed = firm.job("push", may_fail=True)
    assert firm.quickbooks("Invoice") == [], "nothing drawn anew is sent unapproved"
    red = [check for check in pushed.get_asset_check_evaluations() if not check.passed]
    assert ["drawn anew and waits for approval" in (check.description or "") for check in red] == [True]

    firm.bill(key)
    assert firm.both(key) == (Decimal(270), Decimal(270))
    assert [one["id"] for one in firm.harvest("invoices")] == [one["id"] for one in twin]
    line = firm.invoice(key)["Line"][0]["SalesItemLineDetail"]["ItemRef"]["value"]
    assert line not in (used, None)


def test_a_run_that_sends_no_bills_does_not_fail_for_one(stopped: tuple[Firm, str]) -> None:
    firm, _ = stopped
    assert firm.job("contacts").success
