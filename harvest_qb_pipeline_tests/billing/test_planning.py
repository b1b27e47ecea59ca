"""From tables to a real ledger: planned, held, unchanged, changed, refused."""

from collections.abc import Iterator
from decimal import Decimal

import dagster as dg
import pytest

from harvest_qb_pipeline.automation.checks import CHECKS
from harvest_qb_pipeline.ledger import reading
from harvest_qb_pipeline.ledger.landing import land_ledger
from harvest_qb_pipeline.ledger.links import resolve
from harvest_qb_pipeline.ledger.store import Ledger, open_ledger
from harvest_qb_pipeline.planning.invariants import BrokenInvariantsError
from harvest_qb_pipeline.planning.planner import plan
from harvest_qb_pipeline_tests.billing.books import POLICY, Books

OCTOBER = "invoice/client-1/2026-10"


@pytest.fixture
def ledger(tmp_path) -> Iterator[Ledger]:
    ledger = open_ledger(str(tmp_path / "ledger.sqlite"), actor="test")
    yield ledger
    ledger.close()


def states(books: Books, ledger: Ledger) -> dict[str, tuple[str, str]]:
    """Change and state of each document after a plan of what is in the books now."""
    books.build()
    planned = plan(ledger, books.con, books.policy)
    return {row.document: (row.change, row.state) for row in planned.result.rows}


def test_a_draft_is_planned_with_a_number_and_its_sources(books, ledger):
    entry = books.entry("2026-10-05", "2.5")
    assert states(books, ledger) == {OCTOBER: ("new", "planned")}
    posting = reading.posting(ledger, OCTOBER)
    assert (posting.doc_number, posting.amount) == ("H2610-0001", Decimal("250.00"))
    (source,) = posting.sources
    assert (source.id, source.person, source.task, source.version) == (str(entry), "Ann Lee", "Design", "10:100")
    assert (source.hours, source.rate, source.amount, source.line) == (Decimal("2.5"), 100, 250, 1)


def test_planning_again_changes_nothing(books, ledger):
    books.entry("2026-10-05", "2.5")
    states(books, ledger)
    assert states(books, ledger) == {OCTOBER: ("unchanged", "planned")}


def test_another_hour_changes_the_draft_and_keeps_its_number(books, ledger):
    books.entry("2026-10-05", "2.5")
    states(books, ledger)
    books.entry("2026-10-06", "1")
    assert states(books, ledger) == {OCTOBER: ("changed", "planned")}
    assert reading.posting(ledger, OCTOBER).doc_number == "H2610-0001"


def test_a_draft_that_must_wait_is_held_with_its_sentence(books, ledger):
    books.entry("2026-10-05", "2.5")
    books.say(POLICY.replace('services = "NON"', ""))
    assert states(books, ledger) == {OCTOBER: ("new", "held")}
    (hold,) = reading.posting(ledger, OCTOBER).hold_reasons
    assert hold.code == "no_tax_rule"


def test_when_the_reason_is_gone_it_is_planned(books, ledger):
    books.entry("2026-10-05", "2.5")
    books.con.execute("UPDATE quickbooks.terms SET is_active = false")
    assert states(books, ledger)[OCTOBER][1] == "held"
    books.con.execute("UPDATE quickbooks.terms SET is_active = true")
    assert states(books, ledger)[OCTOBER][1] == "planned"


def test_work_that_is_gone_takes_its_draft_along(books, ledger):
    books.entry("2026-10-05", "2.5")
    states(books, ledger)
    books.con.execute("DELETE FROM harvest.time_entries")
    assert states(books, ledger) == {OCTOBER: ("vanished", "superseded")}


def test_numbers_in_use_in_either_system_are_not_given_again(books, ledger):
    """Rule 26."""
    books.entry("2026-10-05", "2.5")
    books.add("harvest.invoices", invoice_id_harvest=800, invoice_number="H2610-0007")
    books.add("quickbooks.invoices", invoice_id_qb="9", doc_number="H2610-0012")
    states(books, ledger)
    assert reading.posting(ledger, OCTOBER).doc_number == "H2610-0013"


def test_a_new_customer_is_planned_with_the_bill_that_needs_it(books, ledger):
    books.con.execute("DELETE FROM quickbooks.customers")
    books.entry("2026-10-05", "2.5")
    assert set(states(books, ledger)) == {"customer/client-1", OCTOBER}


def test_an_equal_name_is_kept_as_a_link_by_id(books, ledger):
    """Rule 49: a later renaming changes nothing."""
    books.entry("2026-10-05", "2.5")
    states(books, ledger)
    assert resolve(ledger, "customer/client-1") == "50"
    books.con.execute("UPDATE quickbooks.customers SET display_name = 'Acme Holding'")
    land(books, ledger)
    assert states(books, ledger) == {OCTOBER: ("unchanged", "planned")}


def test_a_customer_that_the_policy_states_replaces_the_link(books, ledger):
    books.entry("2026-10-05", "2.5")
    states(books, ledger)
    books.customer("51", "Kestrel")
    books.say(f'{POLICY}\n[[customers]]\nclient = 1\ncustomer = "Kestrel"\n')
    assert states(books, ledger)[OCTOBER] == ("changed", "planned")
    assert resolve(ledger, "customer/client-1") == "51"


def land(books: Books, ledger: Ledger) -> None:
    for table in ("postings", "sources", "links", "link_decisions", "adjustments", "billing_requests"):
        books.con.execute(f"DROP TABLE IF EXISTS ledger.{table}")
    books.con.execute("DROP TABLE IF EXISTS ledger.landed_up_to")
    land_ledger(ledger, books.con)


def test_the_real_landed_ledger_can_be_planned_on(books, ledger):
    books.entry("2026-10-05", "2.5")
    states(books, ledger)
    land(books, ledger)
    assert states(books, ledger) == {OCTOBER: ("unchanged", "planned")}


@pytest.mark.parametrize(
    ("approvals", "state"),
    [
        ("", "planned"),
        ("automatic_up_to = 250", "approved"),
        ("automatic_up_to = 249.99", "planned"),
        ("required = false", "approved"),
        ("required = false\nautomatic_up_to = 100", "planned"),
    ],
)
def test_the_policy_may_approve_by_itself(books, ledger, approvals, state):
    books.say(f"{POLICY}\n[approvals]\n{approvals}\n")
    books.entry("2026-10-05", "2.5")
    states(books, ledger)
    assert reading.posting(ledger, OCTOBER).state == state


@pytest.mark.parametrize(
    ("statement", "invariant"),
    [
        ("DELETE FROM billing.billable_time WHERE time_entry_id_harvest = 1", "one_verdict"),
        ("INSERT INTO billing.billable_time FROM billing.billable_time", "one_verdict"),
        ("UPDATE billing.billable_time SET verdict = 'perhaps'", "one_verdict"),
        ("UPDATE billing.invoice_lines SET amount = amount + 0.01", "lines_sum_to_drafts"),
        ("DELETE FROM billing.invoice_lines", "lines_sum_to_drafts"),
        ("UPDATE billing.line_sources SET amount = amount - 0.01", "sources_sum_to_lines"),
        ("DELETE FROM billing.line_sources", "sources_sum_to_lines"),
        ("INSERT INTO billing.line_sources FROM billing.line_sources", "one_bill_per_entry"),
    ],
)
def test_drafts_that_do_not_add_up_are_refused_and_shown(books, ledger, statement, invariant):
    books.entry("2026-10-05", "2.5")
    books.build()
    books.con.execute(statement)
    with pytest.raises(BrokenInvariantsError, match=invariant) as refused:
        plan(ledger, books.con, books.policy)
    assert {breach.name for breach in refused.value.breaches} >= {invariant}
    assert reading.postings(ledger) == []
    failed = {result[0] for result in checked(books) if not result[1]}
    assert invariant in failed


def checked(books: Books) -> list[tuple[str, bool]]:
    """Every check of billing's tables with its outcome, run as Dagster would run its body."""
    outcomes: list[tuple[str, bool]] = []
    for check in CHECKS:
        if next(iter(check.check_keys)).asset_key.path[0] != "billing":
            continue
        result = check(warehouse=_Open(books.con))
        assert isinstance(result, dg.AssetCheckResult)
        outcomes.append((next(iter(check.check_keys)).name, bool(result.passed)))
    return outcomes


class _Open:
    """What a check asks of the warehouse."""

    def __init__(self, connection: object) -> None:
        self.connection = connection


def test_the_checks_pass_on_drafts_that_add_up(books):
    books.entry("2026-10-05", "2.5")
    books.add(
        "harvest.uninvoiced", project_id_harvest=10, uninvoiced_hours=2.5, uninvoiced_amount=250, uninvoiced_expenses=0
    )
    books.build()
    assert all(passed for _, passed in checked(books))


def test_a_difference_from_harvests_report_is_a_warning(books):
    books.entry("2026-10-05", "2.5")
    books.build()
    (ties_to_harvest,) = (check for check in CHECKS if next(iter(check.check_keys)).name == "ties_to_harvest")
    result = ties_to_harvest(warehouse=_Open(books.con))
    assert isinstance(result, dg.AssetCheckResult)
    assert (result.passed, result.severity) == (False, dg.AssetCheckSeverity.WARN)
