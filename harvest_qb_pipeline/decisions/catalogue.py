"""Every decision there is: what surfaces are made from.

Belongs here: the list, and finding in it. Must not be here: a decision.
"""

from harvest_qb_pipeline.decisions import documents, ledgers, links
from harvest_qb_pipeline.decisions.decision import Decision

DECISIONS: tuple[Decision, ...] = (*documents.DECISIONS, *links.DECISIONS, *ledgers.DECISIONS)


def by_command(group: str = "") -> dict[str, list[Decision]]:
    """The decisions of each command, by its last word, in the order they are declared; `group` are the words before."""
    found: dict[str, list[Decision]] = {}
    for decision in DECISIONS:
        before, _, name = decision.command.rpartition(" ")
        if before == group:
            found.setdefault(name, []).append(decision)
    return found
