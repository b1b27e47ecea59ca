"""What the person who connected the app may see of a company: their rights are the app's rights.

Belongs here: refusing lists by the switches `employees_access` and `vendors_access`. Must not be here: tokens, which
the gateway checks.
Source: QuickBooks Online API, error codes 120 and 5020; the exact answer for a single list is not documented.
"""

from harvest_qb_pipeline.sandbox.quickbooks import faults
from harvest_qb_pipeline.sandbox.quickbooks.properties import EntityType
from harvest_qb_pipeline.sandbox.switches import Switches


def check(switches: Switches, entity: EntityType) -> None:
    """Raises fault 120 (403) or 5020 (400) for a list that is not open to the user."""
    access = {"Employee": switches.employees_access, "Vendor": switches.vendors_access}.get(entity.name)
    if access == "forbidden":
        raise faults.no_access()
    if access == "permission_denied":
        raise faults.permission_denied(entity.name)
