"""One October of one firm: what was billed to whom, to the cent in both systems, and what waits and why."""

import pytest

from harvest_qb_pipeline_tests.stories.firm import D
from harvest_qb_pipeline_tests.stories.october import October


def test_two_people_at_two_rates_are_two_lines_and_each_is_rounded_once(october: October):
    key = october.key("Acme Ltd")
    # 0.33 h x 155.55 = 51.3315; 2.5 h x 100 = 250.
    assert october.firm.lines(key) == [
        (D("0.33"), D("155.55"), D("51.33")),
        (D("2.50"), D("100.00"), D("250.00")),
    ]
    assert october.firm.both(key) == (D("301.33"), D("301.33"))
    booked = october.firm.invoice(key)["Line"]
    assert [D(str(line["Amount"])) for line in booked if line["DetailType"] == "SalesItemLineDetail"] == [
        D("51.33"),
        D("250.00"),
    ]
    twin = october.firm.twin(key)["line_items"]
    assert [D(str(line["amount"])) for line in twin if line["quantity"]] == [D("51.33"), D("250.00")]


def test_an_invoice_has_its_number_days_terms_tax_code_and_customer_in_both_systems(october: October):
    key = october.key("Acme Ltd")
    invoice, twin = october.firm.invoice(key), october.firm.twin(key)
    customers = {row["DisplayName"]: row["Id"] for row in october.firm.quickbooks("Customer")}
    assert invoice["DocNumber"] == twin["number"] == october.firm.document(key).doc_number
    assert (invoice["TxnDate"], invoice["DueDate"]) == ("2026-10-31", "2026-11-30")
    assert (twin["issue_date"], twin["due_date"], twin["state"]) == ("2026-10-31", "2026-11-30", "open")
    assert invoice["CustomerRef"]["value"] == customers["Acme Ltd"]
    assert invoice["EmailStatus"] == "NotSet"
    assert invoice["PrivateNote"] == f"Oct 2026 [hq:{key} r1 {october.firm.ledger_id}]"
    assert {line["SalesItemLineDetail"]["TaxCodeRef"]["value"] for line in invoice["Line"][:2]} == {"NON"}


def test_every_entry_of_a_bill_is_marked_as_invoiced_on_its_own_twin(october: October):
    twin = october.firm.twin(october.key("Acme Ltd"))
    entries = [e for e in october.firm.harvest("time_entries") if e["client"]["name"] == "Acme Ltd"]
    assert [(e["is_billed"], e["invoice"]["id"]) for e in entries] == [(True, twin["id"])] * 2


def test_unapproved_time_holds_the_client_and_names_people_and_hours(october: October):
    assert october.firm.holds(october.key("Birch Ltd")) == {
        "unapproved_time": "3 entries, 11.5 h, by 2 people are not approved yet: Ben Fox 9.5 h, Cleo Hart 2 h. "
        "Approve the time in Harvest, or let the policy bill clean projects."
    }


def test_clean_projects_bill_although_another_project_of_the_client_waits(october: October):
    key = october.key("Nettle Ltd")
    assert october.firm.both(key) == (D(200), D(200))
    assert october.firm.waiting()["Nettle Ltd", "unapproved_time"] == (
        "1 entry, 1 h, by one person, not approved yet: Ann Lee 1 h. Approve the time in Harvest."
    )
    free = [
        e["hours"]
        for e in october.firm.harvest("time_entries")
        if e["project"]["name"] == "Sting" and not e["is_billed"]
    ]
    assert free == [D("7.0"), D("1.0")]


def test_an_hour_without_a_rate_is_never_billed_at_nothing(october: October):
    key = october.key("Cobalt Ltd")
    assert october.firm.posting(key).amount == D("180.00")
    assert list(october.firm.holds(key)) == ["not_isolable"]
    assert october.firm.waiting()["Cobalt Ltd", "missing_rate"] == (
        "1 entry, 1.5 h, by one person, without a billable rate: Ben Fox 1.5 h. "
        "Give them a rate in Harvest, or call the work free in the policy."
    )


def test_work_that_the_policy_calls_free_is_a_line_of_nothing_and_unbillable_time_is_no_line(october: October):
    key = october.key("Sage Ltd")
    assert october.firm.lines(key) == [(D("2.00"), D("0.00"), D("0.00")), (D("1.75"), D("100.00"), D("175.00"))]
    assert october.firm.both(key) == (D(175), D(175))


def test_a_fixed_fee_is_one_hold_of_its_project_and_the_hourly_work_bills(october: October):
    assert october.firm.both(october.key("Dune Ltd")) == (D(400), D(400))
    fees = [sentence for (_, code), sentence in october.firm.waiting().items() if code == "fixed_fee_without_schedule"]
    (sentence,) = fees
    assert sentence == (
        "Brand has a fixed fee of 5000.00 USD and no schedule for it. Its 5.25 h are not billed by the hour; bill the "
        "fee by hand."
    )


def test_a_billable_expense_waits_while_the_time_bills(october: October):
    assert october.firm.both(october.key("Fjord Ltd")) == (D(300), D(300))
    assert october.firm.waiting()["Fjord Ltd", "expense_not_billed"].startswith(
        "A billable expense of 120.50 USD on Oct 12, 2026 (Travel, Ann Lee, Film) is not on any invoice"
    )


def test_foreign_currency_is_held_and_no_customer_is_made_for_it(october: October):
    key = october.key("Elm GmbH")
    assert october.firm.holds(key) == {
        "currency_not_enabled": "Elm GmbH is billed in EUR, and the books are in USD alone. Switch on multicurrency in "
        "QuickBooks, or correct the currency in Harvest.",
        "foreign_currency": "Elm GmbH is billed in EUR, the books are in USD. Invoices in a foreign currency are not "
        "made yet: bill it by hand.",
    }
    assert (october.firm.posting(key).amount, october.firm.posting(key).currency) == (D(200), "EUR")
    assert "Elm GmbH" not in {row["DisplayName"] for row in october.firm.quickbooks("Customer")}


def test_an_inactive_customer_holds(october: October):
    (sentence,) = october.firm.holds(october.key("Grove Ltd")).values()
    assert sentence.startswith("The customer of Grove Ltd in QuickBooks, Grove Ltd (deleted) (id ")
    key = f"customer/client-{october.clients['Grove Ltd']}"
    assert sentence.endswith(
        f"is inactive. Make it active again, or link another with `harvest-qb links set {key} ID`."
    )


def test_two_customers_of_one_name_hold_with_both_as_candidates(october: October):
    ids = {row["DisplayName"]: row["Id"] for row in october.firm.quickbooks("Customer")}
    assert october.firm.holds(october.key("Harbor Inc")) == {
        "customer_ambiguous": "More than one customer in QuickBooks could be Harbor Inc: "
        f"Harbor, Inc. (id {ids['Harbor, Inc.']}), HARBOR Inc (id {ids['HARBOR Inc']}). "
        f"Say which with `harvest-qb links set customer/client-{october.clients['Harbor Inc']} ID`."
    }


def test_a_customer_written_otherwise_is_found(october: October):
    ids = {row["DisplayName"]: row["Id"] for row in october.firm.quickbooks("Customer")}
    assert october.firm.invoice(october.key("Thistle Ltd."))["CustomerRef"]["value"] == ids["Thistle Limited"]


def test_a_new_customer_is_made_once_before_its_invoice(october: October):
    made = [row for row in october.firm.quickbooks("Customer") if row["DisplayName"] == "Iris Studio"]
    assert len(made) == 1
    assert made[0]["Notes"].endswith(
        f"[hq:customer/client-{october.clients['Iris Studio']} r1 {october.firm.ledger_id}]"
    )
    invoice = october.firm.invoice(october.key("Iris Studio"))
    assert (invoice["CustomerRef"]["value"], D(str(invoice["TotalAmt"]))) == (made[0]["Id"], D(150))


@pytest.mark.parametrize(
    ("client", "period", "amount", "issued"),
    [
        ("Juniper Ltd", "2026-10-18", "100", "2026-10-18"),
        ("Juniper Ltd", "2026-10-25", "200", "2026-10-25"),
        ("Kelp Ltd", "2026-10-15", "300", "2026-10-15"),
        ("Kelp Ltd", "2026-10-31", "400", "2026-10-31"),
        ("Quartz Ltd", "2026-10-18", "500", "2026-10-18"),
        ("Quartz Ltd", "2026-11-01", "600", "2026-11-01"),
    ],
)
def test_weeks_half_months_and_fortnights_each_have_an_invoice_of_their_last_day(
    october: October, client: str, period: str, amount: str, issued: str
):
    key = october.key(client, period)
    assert october.firm.both(key) == (D(amount), D(amount))
    assert october.firm.invoice(key)["TxnDate"] == issued


def test_an_invoice_per_project_is_made_out_to_the_job_of_the_project(october: October):
    customers = {row["Id"]: row for row in october.firm.quickbooks("Customer")}
    parent = next(row for row in customers.values() if row["DisplayName"] == "Lark Ltd")
    for name, amount in (("App", D("125")), ("Store", D("250"))):
        key = october.key("Lark Ltd", f"project-{october.projects[name]}/2026-10")
        assert october.firm.both(key) == (amount, amount)
        job = customers[october.firm.invoice(key)["CustomerRef"]["value"]]
        assert (job["DisplayName"], job["Job"], job["ParentRef"]["value"]) == (f"Lark Ltd - {name}", True, parent["Id"])


def test_a_named_group_has_its_own_invoice_with_the_purchase_order(october: October):
    group = october.key("Moss Ltd", "phase-2/2026-10")
    assert october.firm.both(group) == (D(300), D(300))
    assert october.firm.invoice(group)["CustomerMemo"]["value"] == "Purchase order PO-4711"
    assert october.firm.twin(group)["purchase_order"] == "PO-4711"
    rest = october.key("Moss Ltd")
    assert october.firm.lines(rest) == [(D("3.00"), D("100.00"), D("300.00"))]
    assert october.firm.invoice(rest).get("CustomerMemo") is None


def test_work_below_the_minimum_is_carried_over_until_there_is_enough(october: October):
    # September came to 200.00 of the 500.00 that Onyx is billed from; with October it is 600.00.
    assert october.firm.both(october.key("Onyx Ltd")) == (D(600), D(600))
    assert october.key("Onyx Ltd", "2026-09") not in october.firm.states()
    # Opal has 499.00: a dollar is missing.
    assert not [key for key in october.firm.states() if f"client-{october.clients['Opal Ltd']}/" in key]
    reasons = october.firm.rows(
        f"SELECT reason FROM billing.billable_time WHERE client_id_harvest = {october.clients['Opal Ltd']}"
    )
    assert reasons == [("Its period is below the minimum invoice; it waits for the next one",)]


def test_a_client_on_demand_waits_until_somebody_asks(october: October):
    assert not [key for key in october.firm.states() if f"client-{october.clients['Pine Ltd']}/" in key]


def test_lines_by_person_and_other_terms_as_the_policy_says(october: October):
    key = october.key("Reed Ltd")
    assert october.firm.lines(key) == [(D("1.00"), D("100.00"), D("100.00")), (D("5.00"), D("100.00"), D("500.00"))]
    assert [line["Description"] for line in october.firm.posting(key).payload["Line"]] == [
        "Organ: Ann Lee (Oct 10, 2026)",
        "Organ: Ben Fox (Oct 11, 2026 - Oct 12, 2026)",
    ]
    assert october.firm.invoice(key)["DueDate"] == "2026-11-15"


def test_both_systems_and_the_ledger_agree_on_every_invoice(october: October):
    posted = [posting for posting in october.firm.postings("invoice") if posting.state == "posted"]
    assert len(posted) == 19
    for posting in posted:
        assert october.firm.both(posting.key) == (posting.amount, posting.amount)
        assert posting.flags == ()
    assert sum(posting.amount for posting in posted) == D("6001.33")
    numbers = [posting.doc_number for posting in posted]
    assert len(set(numbers)) == 19
