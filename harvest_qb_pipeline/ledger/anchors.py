"""The head of the chain as it was noted outside the ledger, so that a tail cut off or a chain made anew is noticed.

Belongs here: heads in files (one in the home, and one outside of it where `HARVEST_QB_ANCHOR_FILE` names it), and what
a head from anywhere says of the ledger. Must not be here: heads in the warehouse (`landing`) or in Dagster's runs
(`automation`), which are compared by the same functions.
"""

import json
import logging
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import Connection, select

from harvest_qb_pipeline.ledger import identity, tables
from harvest_qb_pipeline.ledger.events import chain_head, follow
from harvest_qb_pipeline.ledger.rows import batches
from harvest_qb_pipeline.ledger.states import REMEDY, NotProven
from harvest_qb_pipeline.ledger.store import Ledger

ACCEPT = "If it was restored or replaced on purpose, say so: `harvest-qb accept-ledger --reason ...`."
_LOOKED_AT = 2_000
"""Newest heads of a file that are compared."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Head:
    """The newest event of a ledger when somebody looked; `accepted_because` a person said that it is right so."""

    ledger_id: str
    event_id: int
    hash: str
    at: str = ""
    accepted_because: str = ""


def head_of(con: Connection) -> Head:
    """The head as it is now, without a time."""
    return Head(identity.ledger_id(con), *chain_head(con))


def note_head(ledger: Ledger, *, accepted_because: str = "") -> None:
    """Write the head into the ledger's anchor files, where it has moved since. What cannot be written is logged."""
    with ledger.reading() as con:
        head = head_of(con)
    for path in ledger.anchors:
        try:
            last = next(reversed(heads_in(path)), None)
            if not accepted_because and last and (last.event_id, last.hash) == (head.event_id, head.hash):
                continue
            noted = Head(head.ledger_id, head.event_id, head.hash, ledger.clock().isoformat(), accepted_because)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(noted), ensure_ascii=False) + "\n")
        except (OSError, NotProven) as error:
            log.warning("The head of the ledger could not be noted in %s: %s", path, error)


def heads_in(path: Path) -> list[Head]:
    """The newest heads of a file, oldest first. Raises `NotProven` for a file that is none of ours."""
    if not path.exists():
        return []
    try:
        with path.open(encoding="utf-8") as file:
            lines = deque(file, maxlen=_LOOKED_AT)
        return [Head(**json.loads(line)) for line in lines if line.strip()]
    except (OSError, ValueError, TypeError) as error:
        raise NotProven(
            f"{path} should hold heads of the ledger's audit chain, one a line, but cannot be read ({error}). "
            "Restore it from a backup; if it is lost, move it away and say so: `harvest-qb accept-ledger --reason ...`."
        ) from None


def contradictions(con: Connection, heads: Iterable[Head], place: str) -> Iterator[str]:
    """What heads that were noted in `place`, oldest first, say against the ledger; each a sentence.

    What was noted before a person accepted the ledger as it is counts no more.
    """
    standing: list[Head] = []
    for head in heads:
        standing = [head] if head.accepted_because else [*standing, head]
    own = identity.ledger_id(con)
    other = next((head.ledger_id for head in standing[-1:] if head.ledger_id not in identity.ids(con)), None)
    if other:
        yield (
            f"{place} notes the ledger {other}, but this one is {own}: the ledger of this home was replaced. Put "
            f"{other} back; if it is lost for good, say so: `harvest-qb take-over {other} --reason ...`."
        )
        return
    mine = [head for head in standing if head.ledger_id == own and head.event_id]
    found = _hashes(con, [head.event_id for head in mine])
    newest = chain_head(con)[0]
    wrong = next((head for head in mine if found.get(head.event_id) != head.hash), None)
    if wrong is None:
        return
    when = f" at {wrong.at}" if wrong.at else ""
    if wrong.event_id > newest:
        yield (
            f"The ledger ends with event {newest}, but event {wrong.event_id} was noted in {place}{when}: its newest "
            f"events are gone. {ACCEPT}"
        )
    else:
        yield (
            f"Event {wrong.event_id}{_told(con, wrong.event_id)} is not the one that was noted in {place}{when}: the "
            f"chain was written anew, up to there or before. {ACCEPT}"
        )


def _told(con: Connection, event_id: int) -> str:
    events = tables.events.c
    row = con.execute(select(events.what, events.subject).where(events.event_id == event_id)).first()
    return f" ({row.what} {row.subject})" if row else ""


def _hashes(con: Connection, event_ids: Iterable[int]) -> dict[int, str]:
    events = tables.events.c
    return {
        row.event_id: row.hash
        for batch in batches(event_ids)
        for row in con.execute(select(events.event_id, events.hash).where(events.event_id.in_(batch)))
    }


def file_contradictions(ledger: Ledger, con: Connection) -> list[str]:
    """What the ledger's anchor files say against it."""
    found: list[str] = []
    for path in ledger.anchors:
        try:
            found += contradictions(con, heads_in(path), str(path))
        except NotProven as error:
            found.append(str(error))
    return found


def require_head(ledger: Ledger, con: Connection) -> None:
    """Raise `NotProven` unless the chain goes on from what was noted last; costs what happened since."""
    for sentence in file_contradictions(ledger, con):
        raise NotProven(sentence)
    last = max((heads_in(path)[-1].event_id for path in ledger.anchors if heads_in(path)), default=0)
    for _, breaks in follow(con, after=last):
        for found in breaks:
            raise NotProven(f"{found.sentence} {REMEDY}")
