"""What a capability derives: everything of it that should be in the books now, as values.

Belongs here: the shapes in which capabilities hand over to planning. Must not be here: choosing what is planned.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger.links import NewLink
from harvest_qb_pipeline.ledger.model import Document
from harvest_qb_pipeline.ledger.who_is_who import Record, Suggestion


@dataclass(frozen=True)
class Proposal:
    """A party that one side lacks. `is_wanted`: the policy wants it made, also where no document depends on it."""

    document: Document
    is_wanted: bool


@dataclass(frozen=True)
class WhoIsWho:
    """All records that may be linked, and who is or could be whom: what a person decides on, until the next plan."""

    records: tuple[Record, ...]
    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True)
class Derived:
    """`documents` are planned as they are; `proposals` where they are wanted or needed; `links` are certain.

    `redrawn` are payloads, by key, of postings that were refused while the rest of their document stands.
    `numbers_taken` are the document numbers in use in either system (rule 26). `who_is_who` is of the one capability
    that knows it.
    """

    documents: tuple[Document, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    links: tuple[NewLink, ...] = ()
    numbers_taken: frozenset[str] = frozenset()
    redrawn: Mapping[str, JsonObject] = field(default_factory=dict[str, JsonObject])
    who_is_who: WhoIsWho | None = None
