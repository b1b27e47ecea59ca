"""What is landed from Harvest, as a table: which day a record belongs to, which module must be on, how ids are found.

Belongs here: facts about the streams that landing needs besides `endpoints`. Must not be here: the landing itself.
"""

from dataclasses import dataclass

from harvest_qb_pipeline.harvest.endpoints import ENDPOINTS, HarvestEndpoint
from harvest_qb_pipeline.warehouse.raw import Bodies, Raw

RAW = Raw("raw_harvest", "BIGINT")


@dataclass(frozen=True)
class HarvestStream:
    """One landed list. `day`: the field by which Harvest sorts it (and by which `from` and `to` choose), None where
    pages follow a cursor. `feature`: the company's module switch without which the endpoint is refused."""

    name: str
    description: str
    day: str | None = None
    feature: str | None = None

    @property
    def endpoint(self) -> HarvestEndpoint:
        return ENDPOINTS[self.name]

    @property
    def bodies(self) -> Bodies:
        return bodies(self.name, self.endpoint.key)


def bodies(stream: str, key: str) -> Bodies:
    """Harvest's list envelope with the array under `key`."""
    return Bodies(
        source=f"Harvest's {stream}",
        envelope={key: "JSON[]"},
        records=key,
        id_sql="(record->>'$.id')::BIGINT",
        updated_at_sql="(record->>'$.updated_at')::TIMESTAMPTZ",
    )


LISTS = (
    HarvestStream("users", "People with access to Harvest, archived ones included."),
    HarvestStream("clients", "Clients, archived ones included."),
    HarvestStream("contacts", "People at the clients."),
    HarvestStream("projects", "Projects, archived ones included, with how they bill and budget."),
    HarvestStream("tasks", "The kinds of work."),
    HarvestStream("task_assignments", "Which task is used in which project, and its rate there."),
    HarvestStream("user_assignments", "Who works on which project, and their rate there."),
    HarvestStream("expense_categories", "The kinds of expenses.", feature="expense_feature"),
    HarvestStream("invoice_item_categories", "The kinds of invoice lines.", feature="invoice_feature"),
    HarvestStream("time_entries", "Logged time, one record per entry.", day="spent_date"),
    HarvestStream("expenses", "Logged expenses.", day="spent_date", feature="expense_feature"),
    HarvestStream("invoices", "Invoices with their lines.", day="issue_date", feature="invoice_feature"),
)

SWEPT = ("time_entries", "expenses", "invoices")
"""What can vanish, or change its rate, without a trace: re-read in full for open periods before planning (rule 9)."""

DESCRIPTIONS = {
    "company": "The Harvest account itself: module switches, first day of the week, clock. One record.",
    **{stream.name: stream.description for stream in LISTS},
    "user_billable_rates": "Billable rates of each person over time; `user_id` is added from the address asked.",
    "uninvoiced": "Harvest's own report of uninvoiced hours and amounts by project, for the last 365 days.",
}
"""Every landed stream in landing order."""
