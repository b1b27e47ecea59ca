"""What an approval is of: the hash of a document as it is now, and whether a standing approval names it.

Belongs here: asking. Must not be here: giving approvals (`approval`) or taking them back (`releasing`).
"""

from typing import Any

from sqlalchemy import Connection, Row, select

from harvest_qb_pipeline.ledger import documents, revisions, tables
from harvest_qb_pipeline.ledger.documents import Known


def current_sha256(con: Connection, document: Known) -> str:
    """The document's hash with its creations as they are now; what was planned may have changed under it."""
    needed = needs_of(document)
    creations = documents.creation_hashes(con, needed)
    return revisions.document_sha256(document.document.own_sha256, {key: creations.get(key) for key in needed})


def needs_of(document: Known) -> list[str]:
    """Keys the document waits for that are not its own, sorted."""
    own = {member.key for member in document.members}
    return sorted({key for member in document.members for key in member.depends_on} - own)


def why_not_approved(con: Connection, row: Row[Any]) -> str | None:
    """Why a posting that is to be sent must not be, as a sentence; None where an approval of its document stands.

    It has to be of the document's own hash until the first of it is sent; from then on, of its revision. What undoes a
    document is decided with the unwinding, and has no approval of its own.
    """
    if row.reverses:
        return None
    table = tables.approvals
    given = con.execute(
        select(table.c.sha256).where(
            table.c.document == row.document, table.c.revision == row.revision, table.c.void_because.is_(None)
        )
    ).scalars()
    approved = set(given)
    if not approved:
        return f"{row.document} r{row.revision} has no approval that stands. Plan again, and approve it by its hash."
    known = documents.newest(con, [row.document])[row.document]
    if known.standing == "begun" or current_sha256(con, known) in approved:
        return None
    return (
        f"{row.document} r{row.revision} is not what was approved: what it needs has changed since. "
        "Plan again, and approve it by its hash."
    )
