"""A person decides who is who: each decision is checked against what was read last, then written into the ledger.

Belongs here: what the command line and the Dagster UI have in common. Must not be here: printing, or what the ledger
itself sees to (a link is one to one, a repeated decision is a no-op).
"""

from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeAlias

from harvest_qb_pipeline.contacts.published import HarvestRecord, PublishedCopy, QuickBooksRecord, open_copy
from harvest_qb_pipeline.contacts.who_is_who import (
    FAMILIES,
    Family,
    Pair,
    PartyId,
    Row,
    Standing,
    link_family,
    overlay,
    suggestions,
)
from harvest_qb_pipeline.keys import customer_key, id_in
from harvest_qb_pipeline.ledger import links as linking
from harvest_qb_pipeline.ledger.states import NotAllowed
from harvest_qb_pipeline.ledger.store import Ledger

Action: TypeAlias = Literal["confirm", "set", "reject", "unlink"]
_MADE_BY_POSTING = ("client", "contact", "project")
"""Links of what was made in Harvest: a person may take one back, so that it is made again."""


class Deciding:
    """Decisions of `by` on the links of one ledger, seen through one published copy.

    Each returns what it did in a few words, and raises `NotAllowed` with a sentence when it cannot be done.
    """

    def __init__(self, ledger: Ledger, copy: PublishedCopy, by: str) -> None:
        self._ledger, self._copy, self._by = ledger, copy, by

    @cached_property
    def rows(self) -> list[Row]:
        """Who is who as it stood when this was first asked."""
        rejected = {(d.key, d.external_id) for d in linking.decisions(self._ledger) if _rejects(d)}
        return overlay(self._copy.rows, self.standing.values(), rejected)

    @cached_property
    def standing(self) -> Mapping[str, Standing]:
        """Links by key, of the families that people decide on, as they stood when this was first asked."""
        return {
            link.key: Standing(link.key, link.external_id, link.how, link.rule, link.made_by, link.made_at)
            for family in FAMILIES
            for link in linking.links(self._ledger, prefix=family.prefix)
        }

    @cached_property
    def _owners(self) -> dict[PartyId, str]:
        """The key that each record of QuickBooks which can have but one is linked with."""
        families = ((link, link_family(link.key)) for link in self.standing.values())
        return {(of.party, link.external_id): link.key for link, of in families if of and of.is_exclusive}

    def confirm(self, key: str, external_id: str | None = None) -> str:
        """Link `key` with `external_id`, or with the only one that is suggested for it."""
        chosen = external_id or self.only_suggestion(key)
        self.check(key, chosen)
        return self._link(key, chosen, lambda: linking.confirm_link(self._ledger, key, chosen, by=self._by))

    def set(self, key: str, external_id: str, *, reason: str) -> str:
        """Link `key` with `external_id`, whatever it was linked with before."""
        self.check(key, external_id)
        return self._link(
            key,
            external_id,
            lambda: linking.set_link(self._ledger, key, external_id, by=self._by, reason=_said(reason)),
        )

    def reject(self, key: str, external_id: str, *, reason: str = "") -> str:
        """Never link these two by matching, and suggest them no more."""
        family, ours, theirs = self._pair(key, external_id)
        linking.reject_link(self._ledger, key, external_id, by=self._by, reason=reason)
        return f"rejected: {ours.name} is not {named(theirs.name, family.party, external_id)}"

    def unlink(self, key: str, external_id: str | None = None, *, reason: str) -> str:
        """Take a link back; matching will not make it again. `external_id`: only if it is linked with that."""
        if not any(id_in(key, family) is not None for family in _MADE_BY_POSTING):
            _family(key)
        self._check_policy(key)
        linked = linking.resolve(self._ledger, key)
        if (problem := self._not_linked(key, linked, external_id)) is not None:
            raise NotAllowed(problem)
        linking.unlink(self._ledger, key, by=self._by, reason=_said(reason))
        return f"no longer linked with {linked}" if linked else "was not linked any more"

    def only_suggestion(self, key: str) -> str:
        """The id that is suggested for `key`, when exactly one is. Raises `NotAllowed` when none or several are."""
        _family(key)
        found = suggestions(self.rows).get(key, [])
        if len(found) == 1 and (only := found[0].quickbooks_id):
            return only
        if not found:
            raise NotAllowed(f"Nothing is suggested for {key}. Name the id it has in QuickBooks.")
        listed = ", ".join(f"{row.quickbooks_id} ({row.quickbooks_name})" for row in found)
        raise NotAllowed(f"{len(found)} are suggested for {key}: {listed}. Name the id of the right one.")

    def check(self, key: str, external_id: str) -> None:
        """Raises `NotAllowed` unless both exist, fit each other, and may be linked (rules 12, 42, 44, 49)."""
        family, ours, theirs = self._pair(key, external_id)
        they = named(theirs.name, family.party, external_id)
        if not theirs.is_active:
            raise NotAllowed(f"{they} is inactive in QuickBooks: make it active there first, then sync.")
        if family.name == "customer" and theirs.is_job:
            raise NotAllowed(f"{they} is a job, not a customer, so it cannot be {ours.name} ({key}).")
        if family.name == "job":
            self._check_job(key, ours, external_id, theirs)
        if family.party == "Item" and theirs.item_type in ("Category", "Group"):
            raise NotAllowed(
                f"{they} is a {theirs.item_type.lower()} of items. Name an item that can stand on an invoice."
            )
        if family.party == "Customer" and ours.currency and theirs.currency and ours.currency != theirs.currency:
            raise NotAllowed(
                f"{ours.name} ({key}) is billed in {ours.currency}, {they} in {theirs.currency}, and neither can "
                "change. Link a customer of the same currency."
            )

    def problem(self, action: Action, key: str, external_id: str, *, freed: Collection[str] = ()) -> str | None:
        """Why this cannot be done, told without doing it; `freed` are keys that will be unlinked before."""
        linked = self.standing.get(key)
        try:
            if action == "unlink":
                self._check_policy(key)
                return self._not_linked(key, linked.external_id if linked else None, external_id)
            if action == "reject":
                self._pair(key, external_id)
                is_linked = linked is not None and linked.external_id == external_id
                return f"{key} is linked with {external_id}: unlink it instead." if is_linked else None
            self.check(key, external_id)
        except NotAllowed as refused:
            return str(refused)
        if action == "confirm" and linked is not None and linked.external_id != external_id:
            return f"{key} is linked with {linked.external_id}. To replace that, set it to {external_id}."
        family = _family(key)
        owner = self._owners.get((family.party, external_id), key)
        if owner != key and owner not in freed:
            return f"{family.party} {external_id} is linked with {owner}, and can have but one. Unlink that first."
        return None

    def _link(self, key: str, external_id: str, decide: Callable[[], object]) -> str:
        before = linking.resolve(self._ledger, key)
        decide()
        family = _family(key)
        they = named(self._theirs(family, external_id).name, family.party, external_id)
        return f"{'was linked' if before == external_id else 'linked'} with {they}"

    def _not_linked(self, key: str, linked: str | None, external_id: str | None) -> str | None:
        """Why there is nothing to take back; what was taken back before is no problem."""
        if linked is not None:
            wrong = external_id and external_id != linked
            return f"{key} is linked with {linked}, not with {external_id}." if wrong else None
        if any(d.key == key and _rejects(d) for d in linking.decisions(self._ledger)):
            return None
        return f"{key} is not linked."

    def _pair(self, key: str, external_id: str) -> tuple[Family, HarvestRecord, QuickBooksRecord]:
        """Both, as they were read last; which the policy leaves for a person to decide on."""
        family = _family(key)
        self._check_policy(key)
        return family, self._ours(key), self._theirs(family, external_id)

    def _check_policy(self, key: str) -> None:
        if key in self._copy.stated:
            raise NotAllowed(
                f"The policy states who {key} is, and that wins over everything. Change it there "
                "(the look-up file, or a rule of policy.toml), then run `harvest-qb plan`."
            )

    def _check_job(self, key: str, ours: HarvestRecord, external_id: str, theirs: QuickBooksRecord) -> None:
        """A job is a job, and hangs below the customer of the project's client, perhaps through other jobs."""
        they = named(theirs.name, "Customer", external_id)
        if not theirs.is_job:
            raise NotAllowed(f"{they} is not a job but a customer of its own, so it cannot be {ours.name} ({key}).")
        client_link = customer_key(ours.client_id or 0)
        customer_id = linking.resolve(self._ledger, client_link)
        above, parent_id = set[str](), theirs.parent_id
        while parent_id is not None and parent_id not in above:
            above.add(parent_id)
            parent = self._copy.quickbooks.get(("Customer", parent_id))
            parent_id = parent.parent_id if parent else None
        if customer_id is not None and customer_id not in above:
            raise NotAllowed(
                f"{they} is not a job of the customer of {ours.name}'s client ({client_link}, customer {customer_id})."
            )

    def _ours(self, key: str) -> HarvestRecord:
        family = _family(key)
        number = id_in(key, family.name)
        if number is None or (found := self._copy.harvest.get((family.record, number))) is None:
            raise NotAllowed(
                f"There is no {family.record} {number} in Harvest as it was read last ({key}). Sync if it is new."
            )
        return found

    def _theirs(self, family: Family, external_id: str) -> QuickBooksRecord:
        if (found := self._copy.quickbooks.get((family.party, external_id))) is None:
            raise NotAllowed(
                f"There is no {family.party.lower()} {external_id} in QuickBooks as it was read last. "
                "Sync and plan if it is new."
            )
        return found


@contextmanager
def deciding(ledger: Ledger, analytics_path: Path, *, by: str) -> Generator[Deciding]:
    """Decisions checked against the copy at `analytics_path`. Raises `NotPublished` when there is none to check."""
    with open_copy(analytics_path) as copy:
        yield Deciding(ledger, copy, by)


def named(name: str | None, kind: str, number: str | int | None) -> str:
    """`Acme Ltd (customer 58)`."""
    return f"{name or 'not read yet'} ({kind.lower()} {number})"


def pair(text: str) -> Pair:
    """`customer/client-12 -> 58` as key and id. Raises `NotAllowed` when it is not written so."""
    key, arrow, external_id = (part.strip() for part in text.partition("->"))
    if not (key and arrow and external_id):
        raise NotAllowed(f"{text!r} is not a link. Write it as KEY -> ID, such as customer/client-12 -> 58.")
    return key, external_id


def _family(key: str) -> Family:
    if (family := link_family(key)) is None:
        prefixes = ", ".join(f"{family.prefix}ID" for family in FAMILIES)
        raise NotAllowed(f"{key} is not the key of a link. Keys are {prefixes}; `harvest-qb links` shows them.")
    return family


def _said(reason: str) -> str:
    if not reason.strip():
        raise NotAllowed("Say why: the reason is kept in the audit chain.")
    return reason


def _rejects(decision: linking.Decision) -> bool:
    return decision.decision == "rejected" and not decision.is_withdrawn
