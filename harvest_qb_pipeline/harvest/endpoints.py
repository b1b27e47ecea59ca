"""The Harvest lists this project reads, as a table: path, key of the array, what it can filter.

Belongs here: facts about the API's lists (docs/apis.md H7 to H9). Must not be here:
how they are landed.
"""

from dataclasses import dataclass

PER_PAGE = 2000
"""The most the API allows; always sent, since what it takes when omitted differs between accounts."""


@dataclass(frozen=True, slots=True)
class HarvestEndpoint:
    """One list: its path, and the key of the array in its answers."""

    path: str
    key: str
    has_updated_since: bool = True


ENDPOINTS = {
    "users": HarvestEndpoint("/users", "users"),
    "clients": HarvestEndpoint("/clients", "clients"),
    "contacts": HarvestEndpoint("/contacts", "contacts"),
    "projects": HarvestEndpoint("/projects", "projects"),
    "tasks": HarvestEndpoint("/tasks", "tasks"),
    "task_assignments": HarvestEndpoint("/task_assignments", "task_assignments"),
    "user_assignments": HarvestEndpoint("/user_assignments", "user_assignments"),
    "expense_categories": HarvestEndpoint("/expense_categories", "expense_categories"),
    "invoice_item_categories": HarvestEndpoint("/invoice_item_categories", "invoice_item_categories"),
    "time_entries": HarvestEndpoint("/time_entries", "time_entries"),
    "expenses": HarvestEndpoint("/expenses", "expenses"),
    "invoices": HarvestEndpoint("/invoices", "invoices"),
    "uninvoiced": HarvestEndpoint("/reports/uninvoiced", "results", has_updated_since=False),
}


def billable_rates(user_id: int) -> HarvestEndpoint:
    """The billable rates of one person, oldest first; they have no global list and no `updated_since`."""
    return HarvestEndpoint(f"/users/{user_id}/billable_rates", "billable_rates", has_updated_since=False)


def is_report(path: str) -> bool:
    """Whether the path counts against the reports' own, much smaller, rate limit."""
    return path.startswith("/reports/")
