"""The exact keys and kinds of values of the Harvest twin's time, expenses, invoices, rates and reports."""

from datetime import date
from decimal import Decimal

import pytest

from harvest_qb_pipeline_tests.sandbox.harvest_account import Account

STAMP = "2026-11-03T17:00:00Z"


@pytest.fixture
def account() -> Account:
    return Account()


def test_a_time_entry(account: Account) -> None:
    entry_id = account.log("1.25", notes="Importing\r\n“products”")
    assert entry_id > 2**31
    entry = account.entry(entry_id)
    assert entry == {
        "id": entry_id,
        "spent_date": "2026-10-05",
        "hours": Decimal("1.25"),
        "hours_without_timer": Decimal("1.25"),
        "rounded_hours": Decimal("1.25"),
        "notes": "Importing\r\n“products”",
        "is_locked": False,
        "locked_reason": None,
        "is_closed": False,
        "approval_status": "unsubmitted",
        "is_billed": False,
        "timer_started_at": None,
        "started_time": None,
        "ended_time": None,
        "is_running": False,
        "billable": True,
        "budgeted": False,
        "billable_rate": Decimal("100.0"),
        "cost_rate": Decimal("60.0"),
        "created_at": STAMP,
        "updated_at": STAMP,
        "user": {"id": account.ann, "name": "Ann Abel"},
        "client": {"id": account.acme, "name": "Acme", "currency": "USD"},
        "project": {"id": account.web, "name": "Web", "code": "WEB"},
        "task": {"id": account.design, "name": "Design"},
        "user_assignment": {
            "id": entry["user_assignment"]["id"],
            "is_project_manager": False,
            "is_active": True,
            "use_default_rates": True,
            "budget": None,
            "created_at": STAMP,
            "updated_at": STAMP,
            "hourly_rate": None,
        },
        "task_assignment": {
            "id": entry["task_assignment"]["id"],
            "billable": True,
            "is_active": True,
            "created_at": STAMP,
            "updated_at": STAMP,
            "hourly_rate": None,
            "budget": None,
        },
        "invoice": None,
        "external_reference": None,
    }
    assert account.get("/time_entries")["time_entries"] == [entry]


def test_old_accounts_lack_the_approval_status() -> None:
    account = Account(approval_status_present=False)
    entry = account.entry(account.log("1"))
    assert "approval_status" not in entry
    assert entry["is_closed"] is False


def test_an_expense_and_its_category(account: Account) -> None:
    category = account.books.ui_create(
        "expense_categories", {"name": "Mileage", "unit_name": "mile", "unit_price": "0.575"}
    )
    shown = account.rows("/expense_categories", "expense_categories")[0]
    assert shown == {
        "id": category["id"],
        "name": "Mileage",
        "unit_name": "mile",
        "unit_price": Decimal("0.575"),
        "is_active": True,
        "created_at": STAMP,
        "updated_at": STAMP,
    }
    fields = {"project_id": account.web, "expense_category_id": category["id"], "spent_date": "2026-10-05", "units": 10}
    expense = account.get(f"/expenses/{account.books.ui_create('expenses', fields)['id']}")
    assert set(expense.pop("user_assignment")) == {
        "id",
        "is_project_manager",
        "is_active",
        "use_default_rates",
        "budget",
        "created_at",
        "updated_at",
        "hourly_rate",
    }
    assert expense == {
        "id": expense["id"],
        "notes": None,
        "total_cost": Decimal("5.75"),
        "units": 10,
        "is_closed": False,
        "approval_status": "unsubmitted",
        "is_locked": False,
        "is_billed": False,
        "locked_reason": None,
        "spent_date": "2026-10-05",
        "created_at": STAMP,
        "updated_at": STAMP,
        "billable": True,
        "receipt": None,
        "user": {"id": account.ann, "name": "Ann Abel"},
        "project": {"id": account.web, "name": "Web", "code": "WEB"},
        "expense_category": {
            "id": category["id"],
            "name": "Mileage",
            "unit_price": Decimal("0.575"),
            "unit_name": "mile",
        },
        "client": {"id": account.acme, "name": "Acme", "currency": "USD"},
        "invoice": None,
    }


def test_an_invoice_of_a_free_line(account: Account) -> None:
    line = {"kind": "Service", "description": "ABC Project", "unit_price": 5000.0, "project_id": account.web}
    invoice = account.invoice(subject="ABC Project Quote", due_date="2026-12-03", line_items=[line])
    assert len(invoice["client_key"]) == 40
    assert invoice == account.get(f"/invoices/{invoice['id']}")
    assert invoice == {
        "id": invoice["id"],
        "client_key": invoice["client_key"],
        "number": "1",
        "purchase_order": None,
        "amount": Decimal("5000.0"),
        "due_amount": Decimal("5000.0"),
        "tax": None,
        "tax_amount": Decimal("0.0"),
        "tax2": None,
        "tax2_amount": Decimal("0.0"),
        "discount": None,
        "discount_amount": Decimal("0.0"),
        "subject": "ABC Project Quote",
        "notes": None,
        "state": "draft",
        "period_start": None,
        "period_end": None,
        "issue_date": "2026-11-03",
        "due_date": "2026-12-03",
        "payment_term": "custom",
        "sent_at": None,
        "paid_at": None,
        "closed_at": None,
        "recurring_invoice_id": None,
        "created_at": STAMP,
        "updated_at": STAMP,
        "paid_date": None,
        "currency": "USD",
        "payment_options": [],
        "client": {"id": account.acme, "name": "Acme"},
        "estimate": None,
        "retainer": None,
        "creator": {"id": account.ann, "name": "Ann Abel"},
        "line_items": [
            {
                "id": invoice["line_items"][0]["id"],
                "kind": "Service",
                "description": "ABC Project",
                "quantity": Decimal("1.0"),
                "unit_price": Decimal("5000.0"),
                "amount": Decimal("5000.0"),
                "taxed": False,
                "taxed2": False,
                "project": {"id": account.web, "name": "Web", "code": "WEB"},
            }
        ],
    }


def test_a_message_that_was_mailed(account: Account) -> None:
    invoice = account.invoice()
    richard = {"name": "Richard Roe", "email": "richardroe@example.com"}
    message = account.call(
        "POST",
        f"/invoices/{invoice['id']}/messages",
        {"recipients": [richard], "body": "Here it is.", "send_me_a_copy": True, "attach_pdf": True},
    )
    assert message == {
        "id": message["id"],
        "sent_by": "Ann Abel",
        "sent_by_email": "ann.abel@example.com",
        "sent_from": "Ann Abel",
        "sent_from_email": "ann.abel@example.com",
        "include_link_to_client_invoice": False,
        "send_me_a_copy": True,
        "thank_you": False,
        "reminder": False,
        "send_reminder_on": None,
        "created_at": STAMP,
        "updated_at": STAMP,
        "attach_pdf": True,
        "event_type": None,
        "recipients": [richard, {"name": "Ann Abel", "email": "ann.abel@example.com"}],
        "subject": "Invoice #1",
        "body": "Here it is.",
    }
    assert account.rows(f"/invoices/{invoice['id']}/messages", "invoice_messages") == [message]


def test_rates_categories_and_the_uninvoiced_report(account: Account) -> None:
    account.books.add_billable_rate(account.bob, Decimal("8.25"), date(2026, 1, 1))
    (rate,) = account.rows(f"/users/{account.bob}/billable_rates", "billable_rates")
    assert rate == {
        "id": rate["id"],
        "amount": Decimal("8.25"),
        "start_date": "2026-01-01",
        "end_date": None,
        "created_at": STAMP,
        "updated_at": STAMP,
    }
    assert account.get(f"/users/{account.bob}/billable_rates/{rate['id']}") == rate
    category = account.rows("/invoice_item_categories", "invoice_item_categories")[0]
    assert category == {
        "id": category["id"],
        "name": "Product",
        "use_as_service": False,
        "use_as_expense": True,
        "created_at": STAMP,
        "updated_at": STAMP,
    }
    account.log("1.5")
    assert account.get("/reports/uninvoiced?from=20261001&to=20261031")["results"] == [
        {
            "client_id": account.acme,
            "client_name": "Acme",
            "project_id": account.web,
            "project_name": "Web",
            "currency": "USD",
            "total_hours": Decimal("1.5"),
            "uninvoiced_hours": Decimal("1.5"),
            "uninvoiced_expenses": Decimal("0.0"),
            "uninvoiced_amount": Decimal("150.0"),
        }
    ]
