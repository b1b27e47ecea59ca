"""Whether a key and a record of QuickBooks may be linked, checked against what the last plan read of both.

Belongs here: the reasons why not (rules 12, 42, 44, 49), as sentences. Must not be here: the decisions (`links`), or
what the ledger sees to itself when it writes them.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, TypeAlias

from harvest_qb_pipeline.keys import customer_key
from harvest_qb_pipeline.ledger import links as linking
from harvest_qb_pipeline.ledger.states import NotAllowed
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.ledger.who_is_who import (
    FAMILIES,
    Family,
    Record,
    RecordId,
    is_known,
    link_family,
    parents_of,
    records,
    stated_keys,
    who_is_who,
)

Action: TypeAlias = Literal["confirm", "set", "reject", "unlink"]
_MADE_BY_POSTING = re.compile(r"(client|project|contact)/customer-[0-9]+")
"""Links of what was made in Harvest: a person may take one back, so that it is made again."""


@dataclass(frozen=True)
class PairToDecide:
    """A key and a record that somebody decides on, with what is known of both sides."""

    key: str
    family: Family
    ours: Record
    theirs: Record

    @property
    def our_name(self) -> str:
        return f"{self.ours.name} ({self.key})"

    @property
    def their_name(self) -> str:
        return named(self.theirs.name, self.family.party, self.theirs.record_id)


def named(name: str | None, kind: str, number: str | int | None) -> str:
    """`Acme Ltd (customer 58)`."""
    return f"{name or 'not read yet'} ({kind.lower()} {number})"


def pair_of(ledger: Ledger, key: str, external_id: str) -> PairToDecide:
    """Both, as they were read last. Raises `NotAllowed` when one is not there, or the policy decides on the key."""
    family = family_of_link(key)
    require_open(ledger, key)
    ours: RecordId = (family.record, key.removeprefix(family.prefix))
    theirs: RecordId = (family.party, external_id)
    found = records(ledger, [ours, theirs])
    if ours not in found:
        raise NotAllowed(f"There is no {' '.join(ours)} in Harvest as it was read last ({key}). Sync if it is new.")
    if theirs not in found:
        raise NotAllowed(
            f"There is no {family.party.lower()} {external_id} in QuickBooks as it was read last. "
            "Sync and plan if it is new."
        )
    return PairToDecide(key, family, found[ours], found[theirs])


def family_of_link(key: str) -> Family:
    """Raises `NotAllowed` for what is not the key of a link that people decide on."""
    if (family := link_family(key)) is None:
        prefixes = ", ".join(f"{family.prefix}ID" for family in FAMILIES)
        raise NotAllowed(f"{key} is not the key of a link. Keys are {prefixes}; `harvest-qb links` shows them.")
    return family


def require_open(ledger: Ledger, key: str) -> None:
    """Raises `NotAllowed` when nothing was planned yet, or the policy states who this is."""
    if not is_known(ledger):
        raise NotAllowed("Nothing has been landed yet: run `harvest-qb sync` and then `harvest-qb plan`.")
    if key in stated_keys(ledger):
        raise NotAllowed(
            f"The policy states who {key} is, and that wins over everything. Change it there "
            "(the look-up file, or a rule of policy.toml), then run `harvest-qb plan`."
        )


def linkable(ledger: Ledger, key: str, external_id: str) -> PairToDecide:
    """The pair, when the two fit each other. Raises `NotAllowed` with what speaks against it."""
    pair = pair_of(ledger, key, external_id)
    ours, theirs = pair.ours, pair.theirs
    if not theirs.is_active:
        raise NotAllowed(f"{pair.their_name} is inactive in QuickBooks: make it active there first, then sync.")
    if pair.family.name == "customer" and theirs.is_job:
        raise NotAllowed(f"{pair.their_name} is a job, not a customer, so it cannot be {pair.our_name}.")
    if pair.family.name == "job":
        _require_job(ledger, pair)
    if pair.family.party == "Item" and theirs.item_type in ("Category", "Group"):
        raise NotAllowed(
            f"{pair.their_name} is a {theirs.item_type.lower()} of items. Name an item that can stand on an invoice."
        )
    if pair.family.party == "Customer" and ours.currency and theirs.currency and ours.currency != theirs.currency:
        raise NotAllowed(
            f"{pair.our_name} is billed in {ours.currency}, {pair.their_name} in {theirs.currency}, and neither can "
            "change. Link a customer of the same currency."
        )
    return pair


def only_suggestion(ledger: Ledger, key: str) -> str:
    """The id that is suggested for `key`, when exactly one is. Raises `NotAllowed` when none or several are."""
    family_of_link(key)
    require_open(ledger, key)
    found = {match.quickbooks_id: match for match in who_is_who(ledger, key) if match.state == "suggested"}
    if not found:
        raise NotAllowed(f"Nothing is suggested for {key}. Name the id it has in QuickBooks.")
    if len(found) > 1:
        listed = ", ".join(f"{number} ({match.quickbooks_name})" for number, match in found.items())
        raise NotAllowed(f"{len(found)} are suggested for {key}: {listed}. Name the id of the right one.")
    (only,) = found
    return str(only)


def linked_with(ledger: Ledger, key: str, external_id: str | None) -> str | None:
    """What `key` is linked with, to be taken back; None when it was taken back before.

    Raises `NotAllowed` when it never was linked, or is with another record than the one named.
    """
    if not _MADE_BY_POSTING.fullmatch(key):
        family_of_link(key)
        require_open(ledger, key)
    linked = linking.resolve(ledger, key)
    if linked is not None and external_id and external_id != linked:
        raise NotAllowed(f"{key} is linked with {linked}, not with {external_id}.")
    if linked is None and not any(
        one.key == key and one.decision == "rejected" and not one.is_withdrawn for one in linking.decisions(ledger)
    ):
        raise NotAllowed(f"{key} is not linked.")
    return linked


def problem(ledger: Ledger, action: Action, key: str, external_id: str, *, freed: Collection[str] = ()) -> str | None:
    """Why this cannot be done, told without doing it; `freed` are keys that will be unlinked before."""
    try:
        if action == "unlink":
            linked_with(ledger, key, external_id or None)
            return None
        pair = pair_of(ledger, key, external_id) if action == "reject" else linkable(ledger, key, external_id)
    except NotAllowed as refused:
        return str(refused)
    linked = linking.resolve(ledger, key)
    if action == "reject":
        return f"{key} is linked with {external_id}: unlink it instead." if linked == external_id else None
    if action == "confirm" and linked not in (None, external_id):
        return f"{key} is linked with {linked}. To replace that, set it to {external_id}."
    owner = linking.holder(ledger, key, "quickbooks", external_id)
    if owner not in (None, key) and owner not in freed:
        party = pair.family.party
        return f"{party} {external_id} is linked with {owner}, and can have but one. Unlink that first."
    return None


def _require_job(ledger: Ledger, pair: PairToDecide) -> None:
    """A job is a job, and hangs below the customer of the project's client, perhaps through other jobs."""
    if not pair.theirs.is_job:
        raise NotAllowed(f"{pair.their_name} is not a job but a customer of its own, so it cannot be {pair.our_name}.")
    client_key = customer_key(pair.ours.parent_id or "")
    customer_id = linking.resolve(ledger, client_key)
    if customer_id is not None and customer_id not in parents_of(ledger, pair.theirs.record_id):
        raise NotAllowed(
            f"{pair.their_name} is not a job of the customer of {pair.ours.name}'s client "
            f"({client_key}, customer {customer_id})."
        )
