"""Where a record outside may belong to one key of ours only (rule 49), and how the database is told.

Belongs here: which families of keys share a list outside. Must not be here: reading or writing links.
"""

_SPACES = {
    "customer": "Customer",
    "job": "Customer",
    "vendor": "Vendor",
    "employee": "Employee",
    "client": "client",
    "project": "project",
}
"""The list outside that each family of keys links into. Jobs are customers; items may stand for many tasks."""


def family_of(key: str) -> str:
    """`customer` of `customer/client-1`."""
    return key.partition("/")[0]


def exclusive(key: str, system: str, external_id: str) -> str | None:
    """What no two standing links may have in common; None for a family that may share a record."""
    space = _SPACES.get(family_of(key))
    return f"{system}:{space}:{external_id}" if space else None
