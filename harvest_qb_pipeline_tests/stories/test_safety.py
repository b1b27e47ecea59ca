"""What goes wrong around a bill, and that nothing is billed twice or lost for it."""

from collections.abc import Callable

import pytest

from harvest_qb_pipeline_tests.stories.firm import D, Firm


@pytest.mark.slow
def test_a_rebuilt_warehouse_posts_nothing_again(firm: Firm):
    acme = firm.client("Acme Ltd")
    web = firm.project(acme, "Website")
    firm.log(web, "2026-10-05", "2")
    firm.draw_up()
    key = f"invoice/client-{acme}/2026-10"
    firm.bill(key)
    written = firm.writes()
    states = firm.states()
    (firm.home / "warehouse.duckdb").unlink()
    firm.sync(full=True)
    firm.plan()
    firm.push()
    firm.job("run")
    assert firm.writes() == written
    assert firm.states() == states
    assert firm.both(key) == (D(200), D(200))


def test_an_answer_lost_after_the_commit_is_looked_up_and_nothing_is_billed_twice(firm: Firm):
    acme = firm.client("Acme Ltd", is_known=False)
    firm.log(firm.project(acme, "Website"), "2026-10-05", "2")
    firm.draw_up()
    key = f"invoice/client-{acme}/2026-10"
    for path in ("/customer", "/invoices", "/invoice"):
        firm.arm(method="POST", path=path, kind="drop_after_commit")
    firm.approve(key)
    for _ in range(4):
        firm.push()
    assert firm.both(key) == (D(200), D(200))
    assert [row["DisplayName"] for row in firm.quickbooks("Customer")] == ["Acme Ltd"]
    assert len(firm.quickbooks("Invoice")) == len(firm.harvest("invoices")) == 1
    assert set(firm.states().values()) == {"posted"}


def test_an_outage_in_the_middle_of_landing_keeps_what_was_landed_and_the_next_sync_catches_up(firm: Firm):
    acme = firm.client("Acme Ltd")
    web = firm.project(acme, "Website")
    firm.log(web, "2026-10-05", "2")
    firm.sync()
    before = firm.rows("SELECT count(*), sum(hours_rounded) FROM harvest.time_entries")
    assert before == [(1, D("2.00"))]
    firm.log(web, "2026-10-06", "3")
    firm.client("Birch Ltd")
    firm.arm(method="GET", path="/time_entries", kind="status", status=503, times=20)
    failed = firm.job("sync", may_fail=True)
    assert not failed.success
    assert firm.rows("SELECT count(*), sum(hours_rounded) FROM harvest.time_entries") == before
    assert firm.rows("SELECT count(*) FROM raw_harvest.time_entries") == [(1,)]

    firm.control("DELETE", "/faults")
    firm.sync()
    assert firm.rows("SELECT count(*), sum(hours_rounded) FROM harvest.time_entries") == [(2, D("5.00"))]
    assert firm.rows("SELECT client_name FROM harvest.clients ORDER BY 1") == [("Acme Ltd",), ("Birch Ltd",)]


def test_an_empty_company_gives_empty_tables_and_green_checks(firm: Firm):
    result = firm.job("run")
    assert result.success
    checks = result.get_asset_check_evaluations()
    assert {check.check_name for check in checks} >= {"one_verdict", "lines_sum_to_drafts", "ties_to_harvest"}
    assert [check.check_name for check in checks if not check.passed] == []
    for table in ("harvest.time_entries", "billing.billable_time", "billing.invoice_drafts", "billing.holds"):
        assert firm.rows(f"SELECT count(*) FROM {table}") == [(0,)]
    assert firm.states() == {}
    assert firm.writes() == []


@pytest.mark.parametrize(
    ("today", "worked", "period", "cutover"),
    [
        ("2027-03-05", "2027-02-10", "2027-02", "2027-01-01"),
        ("2025-06-05", "2025-05-12", "2025-05", "2025-01-01"),
    ],
)
def test_a_day_far_from_the_machines_clock_bills_all_the_same(
    found: Callable[..., Firm], today: str, worked: str, period: str, cutover: str
):
    firm = found(today=today)
    firm.policy(cutover_on=cutover)
    acme = firm.client("Acme Ltd")
    firm.log(firm.project(acme, "Website"), worked, "1.25")
    firm.draw_up()
    key = f"invoice/client-{acme}/{period}"
    assert firm.holds(key) == {}
    firm.bill(key)
    assert firm.both(key) == (D(125), D(125))
    assert firm.invoice(key)["DocNumber"] == f"H{period[2:4]}{period[5:]}-0001"


def test_a_period_that_was_only_read_before_it_closed_is_read_again_by_the_plan(found: Callable[..., Firm]):
    firm = found(today="2026-10-30")
    acme = firm.client("Acme Ltd")
    web = firm.project(acme, "Website")
    kept, gone = firm.log(web, "2026-10-05", "2"), firm.log(web, "2026-10-06", "3")
    firm.draw_up()
    assert firm.states() == {}, "October has not closed"
    firm.in_harvest("DELETE", f"time_entries/{gone}")
    firm.move_to("2026-11-05")
    firm.plan()
    key = f"invoice/client-{acme}/2026-10"
    assert [source.id for source in firm.document(key).members[0].sources] == [str(kept)]
    firm.bill(key)
    assert firm.both(key) == (D(200), D(200))


def test_a_customer_once_linked_stays_the_clients_when_either_is_renamed(found: Callable[..., Firm]):
    firm = found(today="2026-10-06")
    iris = firm.client("Iris Studio", is_known=False)
    eyes = firm.project(iris, "Eyes")
    firm.log(eyes, "2026-09-05", "1")
    firm.draw_up()
    firm.bill(f"invoice/client-{iris}/2026-09")
    (customer,) = firm.quickbooks("Customer")
    firm.in_quickbooks("PATCH", f"Customer/{customer['Id']}", DisplayName="Optics Holding")
    firm.log(eyes, "2026-10-05", "2")
    firm.move_to("2026-11-05")
    firm.draw_up()
    october = f"invoice/client-{iris}/2026-10"
    firm.bill(october)
    assert [row["DisplayName"] for row in firm.quickbooks("Customer")] == ["Optics Holding"]
    assert firm.invoice(october)["CustomerRef"]["value"] == customer["Id"]
    assert firm.both(october) == (D(200), D(200))


def test_an_hour_deleted_after_the_approval_is_never_billed(firm: Firm):
    acme = firm.client("Acme Ltd")
    web = firm.project(acme, "Website")
    firm.log(web, "2026-10-05", "2")
    gone = firm.log(web, "2026-10-06", "3")
    firm.draw_up()
    key = f"invoice/client-{acme}/2026-10"
    firm.approve(key)
    firm.in_harvest("DELETE", f"time_entries/{gone}")
    firm.push()
    assert firm.quickbooks("Invoice") == []
    firm.plan()
    firm.bill(key)
    assert firm.both(key) == (D(200), D(200))
    assert len(firm.harvest("invoices")) == 1
