"""The Harvest lists this project reads, as a table: path, key of the array, how it pages, what it can filter.

Belongs here: facts about the API's lists (docs/apis.md H7 to H9). Must not be here:
how they are landed.
"""

from dataclasses import dataclass

PER_PAGE = 2000
"""The most the API allows; always sent, since what it takes when omitted differs between accounts."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One list. `is_paged_by_number`: its pages can be asked for by number, so several at once; else by cursor only."""

    path: str
    key: str
    is_paged_by_number: bool = False
    has_updated_since: bool = True


ENDPOINTS = {
    "users": Endpoint("/users", "users"),
    "clients": Endpoint("/clients", "clients"),
    "contacts": Endpoint("/contacts", "contacts"),
    "projects": Endpoint("/projects", "projects"),
    "tasks": Endpoint("/tasks", "tasks"),
    "task_assignments": Endpoint("/task_assignments", "task_assignments"),
    "user_assignments": Endpoint("/user_assignments", "user_assignments"),
    "expense_categories": Endpoint("/expense_categories", "expense_categories"),
    "invoice_item_categories": Endpoint("/invoice_item_categories", "invoice_item_categories"),
    "time_entries": Endpoint("/time_entries", "time_entries", is_paged_by_number=True),
    "expenses": Endpoint("/expenses", "expenses", is_paged_by_number=True),
    "invoices": Endpoint("/invoices", "invoices", is_paged_by_number=True),
    "uninvoiced": Endpoint("/reports/uninvoiced", "results", is_paged_by_number=True, has_updated_since=False),
}


def billable_rates(user_id: int) -> Endpoint:
    """The billable rates of one person, oldest first; they have no global list and no `updated_since`."""
    return Endpoint(f"/users/{user_id}/billable_rates", "billable_rates", has_updated_since=False)


def is_report(path: str) -> bool:
    """Whether the path counts against the reports' own, much smaller, rate limit."""
    return path.startswith("/reports/")
