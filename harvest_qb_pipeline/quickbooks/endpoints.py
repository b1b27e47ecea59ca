"""The QuickBooks entities this project reads, as a table: name, address, whether rows can be inactive, what CDC covers.

Belongs here: facts about the API's entities (docs/apis.md Q9 to Q11). Must not be here:
how they are landed.
"""

from dataclasses import dataclass

MAX_RESULTS = 1000
"""The most rows one page of a query may have."""

CDC_OBJECTS = 1000
"""How many objects one answer of change data capture holds at most; it has no paging."""


@dataclass(frozen=True, slots=True)
class QuickBooksEndpoint:
    """One entity. Lists hide inactive rows from queries unless asked; only transactions can vanish altogether."""

    entity: str
    is_list: bool = False
    has_cdc: bool = True

    @property
    def path(self) -> str:
        """Where one record is read and written: the entity's name in lower case."""
        return f"/{self.entity.lower()}"

    @property
    def everything(self) -> str:
        """The condition under which a query returns inactive rows as well."""
        return "Active IN (true, false)" if self.is_list else ""


ENDPOINTS = {
    "customers": QuickBooksEndpoint("Customer", is_list=True),
    "items": QuickBooksEndpoint("Item", is_list=True),
    "accounts": QuickBooksEndpoint("Account", is_list=True),
    "terms": QuickBooksEndpoint("Term", is_list=True),
    "invoices": QuickBooksEndpoint("Invoice"),
    "vendors": QuickBooksEndpoint("Vendor", is_list=True),
    "employees": QuickBooksEndpoint("Employee", is_list=True),
    "preferences": QuickBooksEndpoint("Preferences", has_cdc=False),
    "company_info": QuickBooksEndpoint("CompanyInfo", has_cdc=False),
}
