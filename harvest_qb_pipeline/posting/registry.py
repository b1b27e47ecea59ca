"""Which class carries out which kind of posting: read from the rows of `ledger.kinds`.

Belongs here: nothing else. A row names its module in `posting/kinds`, and the module its class as `KIND`.
"""

from functools import cache
from importlib import import_module

from harvest_qb_pipeline.ledger import kinds
from harvest_qb_pipeline.ledger.model import Operation
from harvest_qb_pipeline.posting.kind import Kind


@cache
def kind_for(name: str, operation: Operation) -> Kind:
    """The kind that sends postings of this name and operation. Raises `KeyError` for one that no row describes."""
    row = kinds.KIND[name, operation]
    made = import_module(f"harvest_qb_pipeline.posting.kinds.{row.sent_by}").KIND(row)
    if not isinstance(made, Kind):
        raise TypeError(f"posting/kinds/{row.sent_by}.py has no class of a kind as KIND.")
    return made
