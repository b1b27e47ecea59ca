"""Which record outside stands for which key of ours: `customer/client-1` is QuickBooks customer 58 (rule 49).

Belongs here: reading links, making those that are certain, and what people say of pairs: yes, no, this one instead, no
longer; remembered either way, and a no-op when repeated. Must not be here: guessing links (`contacts` does).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import Row, func, insert, select, update

from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.ledger import rows, tables
from harvest_qb_pipeline.ledger.events import Chain, changing
from harvest_qb_pipeline.ledger.link_rules import LinkBook, Pair, exclusive, no_id
from harvest_qb_pipeline.ledger.model import System
from harvest_qb_pipeline.ledger.states import NotAllowed
from harvest_qb_pipeline.ledger.store import Ledger

_TITLES: dict[System, str] = {"harvest": "Harvest", "quickbooks": "QuickBooks"}

How: TypeAlias = Literal["created", "matched", "confirmed", "adopted"]
Verdict: TypeAlias = Literal["confirmed", "rejected"]


@dataclass(frozen=True)
class Link:
    """A key of ours and the id it has in `system`, and how that came to be.

    `baseline`: both sides' fields then (`harvest`, `quickbooks`), and `sent`: `value` and `at` of each field that a
    posting has made equal on purpose.
    """

    key: str
    system: System
    external_id: str
    made_by: str
    made_at: datetime
    how: How = "created"
    rule: str = ""
    baseline: JsonObject | None = None


@dataclass(frozen=True)
class NewLink:
    """A link to be made."""

    key: str
    external_id: str
    how: How
    rule: str
    by: str
    system: System = "quickbooks"
    baseline: JsonObject | None = None

    @property
    def pair(self) -> Pair:
        return Pair(self.key, self.system, self.external_id)


def resolve(ledger: Ledger, key: str) -> str | None:
    """The id outside that `key` is linked to, or None."""
    return resolve_all(ledger, [key]).get(key)


def resolve_all(ledger: Ledger, keys: Collection[str]) -> dict[str, str]:
    """Ids by key, of those keys that are linked."""
    table = tables.links
    with ledger.reading() as con:
        return {
            row.key: row.external_id
            for batch in rows.batches(keys)
            for row in con.execute(
                select(table.c.key, table.c.external_id).where(table.c.key.in_(batch), ~table.c.is_removed)
            )
        }


def links(ledger: Ledger, *, prefix: str = "") -> list[Link]:
    """All standing links whose key starts with `prefix`, by key."""
    table = tables.links
    with ledger.reading() as con:
        found = con.execute(
            select(table)
            .where(~table.c.is_removed, table.c.key >= prefix, table.c.key < prefix + "\U0010ffff")
            .order_by(table.c.key)
        )
        return [rows.value_of(Link, row) for row in found]


def put_links(chain: Chain, new: Sequence[NewLink], *, reason: str = "") -> list[tuple[NewLink, str]]:
    """Make many links; returns those that were refused, each with the sentence why.

    A `confirmed` one replaces what its key was linked to, if the record is not another key's; that link's end has
    `reason`. Repeating is a no-op.
    """
    for link in new:
        before = _link_of(chain, link.key) if link.how == "confirmed" else None
        is_free = before and not LinkBook(chain.con, [link.pair]).other_key(link.pair)
        if before is not None and is_free and before.external_id != link.external_id:
            _drop(chain, before, by=link.by, reason=reason)
    return _add_all(chain, new) if new else []


def not_rejected(chain: Chain, found: Sequence[NewLink]) -> list[NewLink]:
    """Those of `found` that nobody has said no to meanwhile; what the policy states needs nobody's yes."""
    rejected = _rejected(chain) if found else set[tuple[str, str]]()
    return [link for link in found if link.how == "confirmed" or (link.key, link.external_id) not in rejected]


def _rejected(chain: Chain) -> set[tuple[str, str]]:
    """Pairs that somebody has said no to."""
    table = tables.link_decisions
    said_no = select(table.c.key, table.c.external_id).where(table.c.decision == "rejected", ~table.c.is_withdrawn)
    return {(row.key, row.external_id) for row in chain.con.execute(said_no)}


def _link_of(chain: Chain, key: str) -> Row[Any] | None:
    """The link of a key, if one stands."""
    table = tables.links
    return chain.con.execute(select(table).where(table.c.key == key, ~table.c.is_removed)).first()


def _add(chain: Chain, new: NewLink, reason: str = "") -> None:
    """Make a link, with its event, unless it stands. Raises `NotAllowed`; then nothing was written."""
    for _, sentence in _add_all(chain, [new], reason):
        raise NotAllowed(sentence)


def _add_all(chain: Chain, new: Sequence[NewLink], reason: str = "") -> list[tuple[NewLink, str]]:
    """Make those links that nothing contradicts, each with its event; returns the others with the sentence why."""
    refused: list[tuple[NewLink, str]] = []
    made: list[dict[str, Any]] = []
    book = LinkBook(chain.con, [link.pair for link in new])
    detail = {"reason": reason} if reason else None
    for link in new:
        if book.has(link.pair):
            continue
        if obstacle := no_id(link.pair) or book.other_record(link.pair) or book.other_key(link.pair):
            refused.append((link, obstacle))
            continue
        after: Json = {"system": link.system, "external_id": link.external_id, "how": link.how, "rule": link.rule}
        event_id = chain.append("linked", link.key, after=after, detail=detail, actor=link.by)
        row = _link_row(
            chain, link.pair, event_id, made_by=link.by, how=link.how, rule=link.rule, baseline=link.baseline
        )
        made.append(row)
        book.add(link.pair)
    book.write(made)
    return refused


def _drop(chain: Chain, link: Row[Any], *, by: str, reason: str) -> None:
    """Take back a standing link; the record outside is free for another key, and no yes to the two stands longer."""
    table, decided = tables.links, tables.link_decisions
    before = {"system": link.system, "external_id": link.external_id}
    event_id = chain.append("link removed", link.key, before=before, detail={"reason": reason}, actor=by)
    chain.con.execute(
        update(table).where(table.c.key == link.key).values(is_removed=True, exclusive=None, event_id=event_id)
    )
    chain.con.execute(
        update(decided)
        .where(
            decided.c.key == link.key,
            decided.c.external_id == link.external_id,
            decided.c.decision == "confirmed",
            ~decided.c.is_withdrawn,
        )
        .values(is_withdrawn=True, event_id=event_id)
    )


@dataclass(frozen=True)
class LinkDecision:
    """What somebody said of a key and a record of QuickBooks; withdrawn when it no longer stands."""

    key: str
    external_id: str
    decision: Verdict
    decided_by: str
    decided_at: datetime
    reason: str
    is_withdrawn: bool


def decisions(ledger: Ledger) -> list[LinkDecision]:
    """Every decision, withdrawn ones too, in the order they were made."""
    table = tables.link_decisions
    with ledger.reading() as con:
        return [rows.value_of(LinkDecision, row) for row in con.execute(select(table).order_by(table.c.decision_id))]


def confirm_link(ledger: Ledger, key: str, external_id: str, *, by: str, rule: str = "confirmed") -> None:
    """They are the same: linked, and an earlier no is withdrawn. Raises `NotAllowed` if either is linked otherwise."""
    with changing(ledger) as chain:
        _add(chain, NewLink(key, external_id, "confirmed", rule, by))
        _decide(chain, key, external_id, "confirmed", by=by, reason="")


def reject_link(ledger: Ledger, key: str, external_id: str, *, by: str, reason: str = "") -> None:
    """The two are not the same, and are suggested no more. Raises `NotAllowed` when they are linked: unlink first."""
    with changing(ledger) as chain:
        link = _link_of(chain, key)
        if link is not None and link.external_id == external_id:
            raise NotAllowed(f"{key} is linked to {external_id}: take that back with `harvest-qb links unlink {key}`.")
        _decide(chain, key, external_id, "rejected", by=by, reason=reason)


def set_link(ledger: Ledger, key: str, external_id: str, *, by: str, reason: str) -> None:
    """The key is this record, whatever it was linked to. Raises `NotAllowed` when the record belongs to another key."""
    with changing(ledger) as chain:
        link = _link_of(chain, key)
        if link is not None and link.external_id != external_id:
            _drop(chain, link, by=by, reason=reason)
        _add(chain, NewLink(key, external_id, "confirmed", "set by hand", by), reason)
        _decide(chain, key, external_id, "confirmed", by=by, reason=reason)


def unlink(ledger: Ledger, key: str, *, by: str, reason: str) -> None:
    """The link was wrong, and matching shall not make it again. Nothing to do where no link stands."""
    with changing(ledger) as chain:
        link = _link_of(chain, key)
        if link is not None:
            _drop(chain, link, by=by, reason=reason)
            _decide(chain, key, link.external_id, "rejected", by=by, reason=reason)


def _decide(chain: Chain, key: str, external_id: str, decision: Verdict, *, by: str, reason: str) -> None:
    """Write the decision down, instead of what was said of the pair before."""
    table = tables.link_decisions
    pair = (table.c.key == key) & (table.c.external_id == external_id) & ~table.c.is_withdrawn
    before = chain.con.execute(select(table).where(pair)).all()
    if any(row.decision == decision for row in before):
        return
    after = {"external_id": external_id, "reason": reason}
    event_id = chain.append(f"link {decision}", key, after=after, actor=by)
    chain.con.execute(update(table).where(pair).values(is_withdrawn=True, event_id=event_id))
    number = (chain.con.execute(select(func.max(table.c.decision_id))).scalar() or 0) + 1
    chain.con.execute(
        insert(table).values(
            decision_id=number,
            key=key,
            external_id=external_id,
            decision=decision,
            decided_by=by,
            decided_at=chain.at,
            reason=reason,
            is_withdrawn=False,
            event_id=event_id,
        )
    )


def link_posted(
    chain: Chain,
    *,
    key: str,
    system: str,
    external_id: str,
    made_by: str,
    event_id: int,
    how: str = "created",
    rule: str = "",
    baseline: Json = None,
) -> None:
    """Write `key` → `external_id`, as part of the change that `event_id` tells of. What stands already is left alone.

    Raises `NotAllowed` where the record, or a key that may not share one, is linked to something else (rule 49).
    """
    pair = Pair(key, system, external_id)
    book = LinkBook(chain.con, [pair])
    if book.has(pair):
        return
    claim = exclusive(*pair)
    obstacle = no_id(pair) or (book.other_record(pair) if claim else None) or book.other_key(pair)
    if obstacle:
        raise NotAllowed(obstacle)
    row = _link_row(chain, pair, event_id, made_by=made_by, how=how, rule=rule, baseline=baseline)
    book.write([row])


def note_agreed(chain: Chain, key: str, fields: Mapping[str, str], event_id: int) -> None:
    """Keep in the baseline of a standing link what both sides have in common from now on, field by field."""
    table = tables.links
    link = _link_of(chain, key)
    if link is None or not fields:
        return
    at = chain.at.isoformat()
    before: JsonObject = link.baseline or {}
    sent = {**before.get("sent", {}), **{name: {"value": value, "at": at} for name, value in fields.items()}}
    chain.con.execute(
        update(table).where(table.c.key == key).values(baseline={**before, "sent": sent}, event_id=event_id)
    )


def _link_row(
    chain: Chain, pair: Pair, event_id: int, *, made_by: str, how: str, rule: str, baseline: Json
) -> dict[str, Any]:
    """The row of a link that is made now."""
    return {
        **pair._asdict(),
        "made_by": made_by,
        "made_at": chain.at,
        "how": how,
        "rule": rule,
        "baseline": baseline,
        "exclusive": exclusive(*pair),
        "is_removed": False,
        "event_id": event_id,
    }


def holder(ledger: Ledger, key: str, system: System, external_id: str) -> str | None:
    """The key a record is linked to, of those that may not share it with `key`; None when it is free."""
    claim = exclusive(key, system, external_id)
    if claim is None:
        return None
    with ledger.reading() as con:
        return con.execute(select(tables.links.c.key).where(tables.links.c.exclusive == claim)).scalar()


def obstacle(ledger: Ledger, key: str, system: System, external_id: str | None) -> str | None:
    """Why `key` cannot be linked to a record (None: one that is to be made), as a sentence, or None when it can.

    Keys whose records may be shared are never in the way.
    """
    if exclusive(key, system, "") is None:
        return None
    linked = resolve(ledger, key)
    if linked not in (None, external_id):
        return f"{key} is linked to {_TITLES[system]} id {linked} by now."
    other = holder(ledger, key, system, external_id) if external_id else None
    if other in (None, key):
        return None
    return f"{_TITLES[system]} id {external_id} is linked to {other} already, so it cannot be {key} as well."
