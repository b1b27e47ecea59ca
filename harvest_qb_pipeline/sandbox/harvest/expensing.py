"""Expenses and their categories, as Harvest's own pages keep them; the API of this twin only reads them.

Belongs here: creating, changing and deleting expenses and categories. Must not be here: invoicing them, JSON shapes.
"""

from typing import Any

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.harvest import insertion
from harvest_qb_pipeline.sandbox.harvest.errors import invalid
from harvest_qb_pipeline.sandbox.harvest.fields import FieldKind, assign, refuse_blank, refuse_taken, values
from harvest_qb_pipeline.sandbox.harvest.params import Body, humanised
from harvest_qb_pipeline.sandbox.harvest.records import Expense, ExpenseCategory
from harvest_qb_pipeline.sandbox.harvest.rules import round2
from harvest_qb_pipeline.sandbox.harvest.tables import Tables
from harvest_qb_pipeline.sandbox.harvest.timesheets import APPROVALS

_CATEGORY: dict[str, FieldKind] = {"name": "string", "unit_name": "text", "unit_price": "number", "is_active": "flag"}
_EXPENSE: dict[str, FieldKind] = {
    "user_id": "integer",
    "project_id": "integer",
    "expense_category_id": "integer",
    "spent_date": "day",
    "total_cost": "number",
    "units": "number",
    "notes": "text",
    "billable": "flag",
    "approval_status": "string",
    "is_billed": "flag",
}
_RENAMED = {"spent_date": "spent_on"}


def create_category(tables: Tables, fields: JsonObject) -> ExpenseCategory:
    body = Body(fields)
    body.require("name")
    refuse_taken(body, "name", tables.expense_categories.values())
    found = values(body, _CATEGORY)
    body.check()
    return insertion.add_expense_category(tables, found.pop("name"), found)


def update_category(tables: Tables, category: ExpenseCategory, fields: JsonObject) -> None:
    body = Body(fields)
    refuse_blank(body, "name")
    refuse_taken(body, "name", (each for each in tables.expense_categories.values() if each is not category))
    found = values(body, _CATEGORY)
    body.check()
    assign(category, found)
    tables.touch(category)


def delete_category(tables: Tables, category: ExpenseCategory) -> None:
    """Only without expenses."""
    if any(expense.expense_category_id == category.id for expense in tables.expenses.values()):
        invalid("This expense category is not removable. It still has expenses.")
    del tables.expense_categories[category.id]


def create_expense(tables: Tables, fields: JsonObject) -> Expense:
    """A new expense of `user_id` (default: the administrator)."""
    body = Body(fields)
    body.require("project_id", "expense_category_id", "spent_date")
    found = _expense_values(tables, body, None)
    found.setdefault("user_id", tables.administrator().id)
    if (found["project_id"], found["user_id"]) not in tables.user_assignment_of:
        invalid("User is not assigned to this project")
    keys = ("user_id", "project_id", "expense_category_id", "spent_on", "total_cost")
    user_id, project_id, category_id, spent_on, total_cost = (found.pop(key) for key in keys)
    return insertion.add_expense(tables, user_id, project_id, category_id, spent_on, total_cost, found)


def update_expense(tables: Tables, expense: Expense, fields: JsonObject) -> None:
    """Changes an expense; a locked one keeps its project and category without a word."""
    found = _expense_values(tables, Body(fields), expense)
    if expense.is_billed or expense.approval_status == "approved":
        found.pop("project_id", None)
        found.pop("expense_category_id", None)
    if not found.get("is_billed", True):
        expense.invoice_id = None
    assign(expense, found)
    tables.touch(expense)


def delete_expense(tables: Tables, expense: Expense) -> None:
    del tables.expenses[expense.id]


def _expense_values(tables: Tables, body: Body, expense: Expense | None) -> dict[str, Any]:
    body.among("approval_status", APPROVALS)
    for name, records in (
        ("project_id", tables.projects),
        ("expense_category_id", tables.expense_categories),
        ("user_id", tables.users),
    ):
        if not body.is_blank(name) and body.integer(name) not in records:
            body.problems.append(f"{humanised(name)} can't be blank")
    found = values(body, _EXPENSE, _RENAMED)
    body.check()
    category_id = found.get("expense_category_id") or (expense.expense_category_id if expense else 0)
    unit_price = tables.expense_categories[category_id].unit_price if category_id else None
    # Units times unit price wins over a given total for categories with units; which wins in Harvest is not documented.
    if unit_price is not None and "units" in found:
        found["total_cost"] = round2(found["units"] * unit_price)
    elif expense is None and found.get("total_cost") is None:
        body.require("total_cost")
        body.check()
    return found
