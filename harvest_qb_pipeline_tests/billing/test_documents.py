"""The exact documents that a draft becomes. Whole payloads stand here as literals."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.billing.documents import (
    BillChoices,
    Draft,
    Job,
    Line,
    bill,
    plain,
)
from harvest_qb_pipeline.ledger.model import Document, Hold, NumberFormat

CHOICES = BillChoices("NON", has_twin=True, opens_twins=True, number_prefix="H{yy}{mm}-", number_digits=4)
DRAFT = Draft(
    key="invoice/client-1/2026-10",
    client_id=1,
    client_name="Acme Ltd",
    period_key="2026-10",
    period_from=date(2026, 10, 1),
    period_to=date(2026, 10, 31),
    window_from=date(2026, 10, 5),
    project_ids=(10, 11),
    grouping="project_task",
    entries=3,
    late_entries=1,
    hours=Decimal("3.83"),
    amount=Decimal("282.990"),
    currency="USD",
    usual_on=date(2026, 10, 31),
    issue_on=date(2026, 10, 31),
    due_on=date(2026, 11, 30),
    term_id="3",
    customer_id="50",
    is_new_customer=False,
    lines=(
        Line(1, 10, "Website: Design (Oct 5, 2026)", Decimal("2.50"), Decimal("100.00000"), Decimal("250.000"),
             date(2026, 10, 5), "7"),
        Line(2, 11, "Shop: Design (Oct 6, 2026)", Decimal("1.33"), Decimal("99.99000"), Decimal("132.990"),
             date(2026, 10, 6), "7", "91"),
        Line(3, 10, "Agreed write-down", Decimal("1.00"), Decimal("-100.00000"), Decimal("-100.000"),
             date(2026, 10, 6), "1"),
    ),
)  # fmt: skip


def payloads(document: Document) -> dict[str, object]:
    return {posting.kind: posting.payload for posting in document.postings}


def test_the_twin_is_an_import_over_the_window_and_the_lines_it_shall_have():
    expected = """{
      "invoice": {
        "client_id": 1, "number": {"$number": true}, "issue_date": "2026-10-31", "due_date": "2026-11-30",
        "payment_term": "custom", "payment_options": [], "subject": "Oct 2026", "currency": "USD",
        "line_items_import": {
          "project_ids": [10, 11],
          "time": {"summary_type": "task", "from": "2026-10-05", "to": "2026-10-31"}
        }
      },
      "lines": [
        {"project_id": 10, "kind": "Service", "description": "Website: Design (Oct 5, 2026)",
         "quantity": 2.50, "unit_price": 100.00, "taxed": false, "taxed2": false},
        {"project_id": 11, "kind": "Service", "description": "Shop: Design (Oct 6, 2026)",
         "quantity": 1.33, "unit_price": 99.99, "taxed": false, "taxed2": false},
        {"project_id": 10, "kind": "Service", "description": "Agreed write-down",
         "quantity": 1.00, "unit_price": -100.00, "taxed": false, "taxed2": false}
      ],
      "total": 282.99
    }"""
    assert jsontext.dumps(payloads(bill(DRAFT, CHOICES))["twin"]) == jsontext.dumps(jsontext.loads(expected))


def test_the_invoice_is_a_whole_quickbooks_invoice():
    expected = """{
      "DocNumber": {"$number": true}, "TxnDate": "2026-10-31", "DueDate": "2026-11-30",
      "SalesTermRef": {"value": "3"}, "CustomerRef": {"value": "50"}, "CurrencyRef": {"value": "USD"},
      "Line": [
        {"LineNum": 1, "DetailType": "SalesItemLineDetail", "Amount": 250.00,
         "Description": "Website: Design (Oct 5, 2026)",
         "SalesItemLineDetail": {"ItemRef": {"value": "7"}, "Qty": 2.50, "UnitPrice": 100.00,
           "TaxCodeRef": {"value": "NON"}, "ServiceDate": "2026-10-05"}},
        {"LineNum": 2, "DetailType": "SalesItemLineDetail", "Amount": 132.99,
         "Description": "Shop: Design (Oct 6, 2026)",
         "SalesItemLineDetail": {"ItemRef": {"value": "7"}, "Qty": 1.33, "UnitPrice": 99.99,
           "TaxCodeRef": {"value": "NON"}, "ServiceDate": "2026-10-06", "ItemAccountRef": {"value": "91"}}},
        {"LineNum": 3, "DetailType": "SalesItemLineDetail", "Amount": -100.00, "Description": "Agreed write-down",
         "SalesItemLineDetail": {"ItemRef": {"value": "1"}, "Qty": 1.00, "UnitPrice": -100.00,
           "TaxCodeRef": {"value": "NON"}, "ServiceDate": "2026-10-06"}}
      ],
      "PrivateNote": {"$marker": "Oct 2026"}, "EmailStatus": "NotSet"
    }"""
    assert jsontext.dumps(payloads(bill(DRAFT, CHOICES))["invoice"]) == jsontext.dumps(jsontext.loads(expected))


def test_a_bill_is_twin_then_invoice_then_opening():
    document = bill(DRAFT, CHOICES)
    assert [(p.key, p.target, p.operation, p.depends_on) for p in document.postings] == [
        ("twin/client-1/2026-10", "harvest", "create", ()),
        ("invoice/client-1/2026-10", "quickbooks", "create", ("twin/client-1/2026-10",)),
        ("twin_open/client-1/2026-10", "harvest", "create", ("twin/client-1/2026-10", "invoice/client-1/2026-10")),
    ]
    assert document.postings[2].payload == {"invoice_id": {"$link": "twin/client-1/2026-10"}, "event_type": "send"}
    assert {p.amount for p in document.postings} == {Decimal("282.99")}
    assert document.number_format == NumberFormat("H2610-", 4)
    assert document.label == "Acme Ltd, Oct 2026"
    assert document.postings[1].summary == "Invoice Acme Ltd, Oct 2026: 3 entries, 1 late, 3.83 h, 282.99 USD"


def test_the_twin_stays_a_draft_unless_the_policy_lets_it_be_opened():
    """Rules 28 and 29."""
    document = bill(DRAFT, replace(CHOICES, opens_twins=False))
    assert [p.kind for p in document.postings] == ["twin", "invoice"]


def test_without_twins_there_is_the_invoice_alone():
    document = bill(DRAFT, replace(CHOICES, has_twin=False))
    assert [(p.kind, p.depends_on) for p in document.postings] == [("invoice", ())]


def test_everything_waits_for_a_new_customer():
    invoice = bill(replace(DRAFT, customer_id=None, is_new_customer=True), CHOICES)
    assert [p.depends_on for p in invoice.postings][:2] == [
        ("customer/client-1",),
        ("customer/client-1", "twin/client-1/2026-10"),
    ]
    assert payloads(invoice)["invoice"]["CustomerRef"] == {"value": {"$link": "customer/client-1"}}


def test_the_job_of_a_project_is_billed_instead_of_its_customer():
    draft = replace(DRAFT, key="invoice/client-1/project-10/2026-10", job=Job(10, "[WEB] Site: new"), group_name="Site")
    invoice = bill(draft, CHOICES)
    assert payloads(invoice)["invoice"]["CustomerRef"] == {"value": {"$link": "job/project-10"}}
    assert invoice.postings[0].depends_on == ("job/project-10",)


def test_a_job_that_exists_is_billed_as_it_is():
    invoice = bill(replace(DRAFT, job=Job(10, "Site", "61")), CHOICES)
    assert payloads(invoice)["invoice"]["CustomerRef"] == {"value": "61"}


def test_a_purchase_order_is_on_both_sides():
    document = bill(replace(DRAFT, purchase_order="PO-7", group_name="Phase 2"), CHOICES)
    assert payloads(document)["twin"]["invoice"]["purchase_order"] == "PO-7"
    assert payloads(document)["twin"]["invoice"]["subject"] == "Phase 2, Oct 2026"
    assert payloads(document)["invoice"]["CustomerMemo"] == {"value": "Purchase order PO-7"}


def test_a_day_that_closed_books_moved_is_kept_in_the_memo():
    """Rule 1."""
    document = bill(replace(DRAFT, issue_on=date(2026, 11, 1)), CHOICES)
    assert payloads(document)["invoice"]["PrivateNote"] == {"$marker": "Oct 2026, for 2026-10-31"}
    assert document.number_format == NumberFormat("H2611-", 4)


@pytest.mark.parametrize(
    ("grouping", "summary"),
    [("project_task", "task"), ("project_person", "people"), ("project", "project"), ("detailed", "detailed")],
)
def test_the_import_is_summed_up_as_the_lines_are(grouping, summary):
    twin = payloads(bill(replace(DRAFT, grouping=grouping), CHOICES))["twin"]
    assert twin["invoice"]["line_items_import"]["time"]["summary_type"] == summary


def test_periods_other_than_months_are_called_by_their_days():
    weekly = replace(DRAFT, period_key="2026-11-01", period_from=date(2026, 10, 26), period_to=date(2026, 11, 1))
    assert bill(weekly, CHOICES).label == "Acme Ltd, Oct 26 to Nov 1, 2026"


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ("100.00000", "100.00"),
        ("97.50", "97.50"),
        ("33.33333", "33.33333"),
        ("0", "0.00"),
        ("-250", "-250.00"),
        ("1E+2", "100.00"),
    ],
)
def test_numbers_have_two_places_and_no_idle_zeros(value, printed):
    assert f"{plain(Decimal(value)):f}" == printed


def test_nothing_for_the_client_names_people_costs_or_reasons_to_hold():
    """Rule 27: the memo prints on statements."""
    held = replace(DRAFT, holds=(Hold("unapproved_time", "Bo Chan 7.5 h"),))
    assert "Bo Chan" not in jsontext.dumps([p.payload for p in bill(held, CHOICES).postings])


def test_a_text_full_of_emoji_is_cut_as_quickbooks_counts_it_and_never_within_one():
    line = replace(DRAFT.lines[0], description="a" + "\U0001f389" * 3000)
    (posting,) = bill(replace(DRAFT, lines=(line,)), replace(CHOICES, has_twin=False)).postings
    assert posting.payload["Line"][0]["Description"] == "a" + "\U0001f389" * 1999
