"""What is landed from QuickBooks, as a table, and how its bodies are read.

Belongs here: facts about the streams that landing needs besides `endpoints`. Must not be here: the landing itself.
"""

from dataclasses import dataclass

from harvest_qb_pipeline.quickbooks.endpoints import ENDPOINTS, QuickBooksEndpoint
from harvest_qb_pipeline.warehouse.raw import Bodies, Raw

RAW = Raw("raw_quickbooks", "VARCHAR")

DESCRIPTIONS = {
    "company_info": "The company itself: names, address, country, edition. One record.",
    "preferences": "The company's settings: closing date, currencies, numbering, sales forms, tax. One record.",
    "customers": "Customers and jobs (sub-customers, projects), inactive ones included.",
    "items": "Products and services, inactive ones included.",
    "accounts": "The chart of accounts, inactive ones included.",
    "terms": "Payment terms, inactive ones included.",
    "invoices": "Invoices with their lines; deleted ones stay, marked as deleted.",
    "vendors": "Vendors, inactive ones included; contractors and people who are repaid are among them.",
    "employees": "Employees, inactive ones included.",
}
"""Every landed stream in landing order."""


@dataclass(frozen=True)
class QuickBooksStream:
    """One landed entity."""

    name: str

    @property
    def endpoint(self) -> QuickBooksEndpoint:
        return ENDPOINTS[self.name]


PEOPLE = ("vendors", "employees")
"""Lists that QuickBooks may hide from the person who connected it while it shows all others. They are landed last."""

SINGLES = ("company_info", "preferences")
LISTS = tuple(QuickBooksStream(name) for name, endpoint in ENDPOINTS.items() if endpoint.has_cdc)

_ID = "record->>'$.Id'"
_UPDATED_AT = "(record->>'$.MetaData.LastUpdatedTime')::TIMESTAMPTZ"


def query_bodies(stream: QuickBooksStream) -> Bodies:
    """Pages of a query; an answer without rows names no entity at all."""
    return Bodies(
        source=f"QuickBooks' {stream.name}",
        envelope={"QueryResponse": f"STRUCT({stream.endpoint.entity} JSON[])"},
        records=f"CASE WHEN QueryResponse IS NOT NULL THEN coalesce(QueryResponse.{stream.endpoint.entity}, []) END",
        id_sql=_ID,
        updated_at_sql=_UPDATED_AT,
    )


def change_bodies(stream: QuickBooksStream, *, deleted: bool) -> Bodies:
    """What change data capture says of one entity: full objects, or (`deleted`) what is left of deleted ones."""
    entity = stream.endpoint.entity
    condition = "=" if deleted else "<>"
    return Bodies(
        source=f"QuickBooks' changes of {stream.name}",
        envelope={"CDCResponse": "JSON"},
        records=f"list_filter(json_extract(CDCResponse, '$[*].QueryResponse[*].{entity}[*]'),"
        f" lambda r: coalesce(r->>'$.status', '') {condition} 'Deleted')",
        id_sql=_ID,
        updated_at_sql=_UPDATED_AT,
    )


def single_bodies(name: str) -> Bodies:
    """One record in a list of our own, since the client takes it out of its envelope."""
    return Bodies(
        source=f"QuickBooks' {name}",
        envelope={"records": "JSON[]"},
        records="records",
        id_sql=f"coalesce({_ID}, '1')",
        updated_at_sql=_UPDATED_AT,
    )
