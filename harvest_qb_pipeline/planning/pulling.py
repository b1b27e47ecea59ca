"""Which proposed parties a plan makes: those the policy wants, and those that a document depends on.

Belongs here: that choice, as pure functions. Must not be here: proposing (`contacts`), or recording (`ledger`).
"""

from collections.abc import Iterable, Sequence

from harvest_qb_pipeline.ledger.derived import Proposal
from harvest_qb_pipeline.ledger.documents import Needs
from harvest_qb_pipeline.ledger.model import Document
from harvest_qb_pipeline.ledger.revisions import outside_dependencies


def pulled(documents: Sequence[Document], proposals: Iterable[Proposal], elsewhere: Needs) -> list[Document]:
    """Documents to be planned for the proposals that are taken, in the order they were proposed.

    A document that may be sent pulls what it depends on, and that in turn what it needs. A wanted proposal is taken by
    itself, unless it needs another one that is not; a held one is left to the held document that needs it, so that one
    cause is told once.
    """
    choice = _Choice(proposals)
    for key in elsewhere.open.union(*(_needs(document) for document in documents if not document.hold_reasons)):
        choice.pull(key)
    held = elsewhere.held.union(*(_needs(document) for document in documents if document.hold_reasons))
    choice.want(held)
    return choice.taken()


def _needs(document: Document) -> list[str]:
    return outside_dependencies(document.postings)


class _Choice:
    """Proposals by the keys of their postings, and which of them are taken so far."""

    def __init__(self, proposals: Iterable[Proposal]) -> None:
        self._proposals = list(proposals)
        self._maker = {posting.key: one for one in self._proposals for posting in one.document.postings}
        self._taken: set[str] = set()

    def pull(self, key: str) -> None:
        """Take what makes `key`, if it is proposed, with everything that needs."""
        maker = self._maker.get(key)
        if maker is None or maker.document.key in self._taken:
            return
        self._taken.add(maker.document.key)
        for needed in _needs(maker.document):
            self.pull(needed)

    def want(self, told_elsewhere: frozenset[str]) -> None:
        """Take what the policy wants and stands by itself, or on what is taken."""
        wanted = [
            one
            for one in self._proposals
            if one.is_wanted and not (one.document.hold_reasons and one.document.key in told_elsewhere)
        ]
        is_growing = True
        while is_growing:
            ready = [one for one in wanted if one.document.key not in self._taken and self._stands(one)]
            self._taken |= {one.document.key for one in ready}
            is_growing = bool(ready)

    def taken(self) -> list[Document]:
        return [one.document for one in self._proposals if one.document.key in self._taken]

    def _stands(self, proposal: Proposal) -> bool:
        """Whether everything it needs is there, or is made."""
        makers = (self._maker.get(key) for key in _needs(proposal.document))
        return all(maker is None or maker.document.key in self._taken for maker in makers)
