"""Decisions about who in Harvest is who in QuickBooks.

Belongs here: each as a declaration, with how its result is told. Must not be here: whether it may be made (`pairs` and
the ledger).
"""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps

from harvest_qb_pipeline.decisions.decision import Decider, Decision, Field
from harvest_qb_pipeline.decisions.pairs import linkable, linked_with, only_suggestion, pair_of
from harvest_qb_pipeline.ledger import links as linking
from harvest_qb_pipeline.ledger.states import NotAllowed
from harvest_qb_pipeline.ledger.store import Ledger

_KEY = Field("key", "Key of the link, with the id in Harvest, as contacts/who_is_who shows it.",
             "customer/client-12", "key")  # fmt: skip
_ID = Field("quickbooks_id", "Id of the record in QuickBooks.", "58", "record")
_MAYBE = replace(_ID, is_required=False)
_REASON = Field("reason", "Kept in the audit chain.", "They told us", "reason", option="--reason")


def confirm(ledger: Ledger, key: str, quickbooks_id: str | None = None, *, by: Decider) -> str:
    """Link the two, or the key with the only record that is suggested for it. In a few words, what that did."""
    chosen = quickbooks_id or only_suggestion(ledger, key)
    pair, before = linkable(ledger, key, chosen), linking.resolve(ledger, key)
    linking.confirm_link(ledger, key, chosen, by=by.name)
    return f"{'was linked' if before == chosen else 'linked'} with {pair.their_name}"


def reject(ledger: Ledger, key: str, quickbooks_id: str, *, reason: str = "", by: Decider) -> str:
    """Never link these two by matching, and suggest them no more."""
    pair = pair_of(ledger, key, quickbooks_id)
    linking.reject_link(ledger, key, quickbooks_id, by=by.name, reason=reason)
    return f"rejected: {pair.ours.name} is not {pair.their_name}"


def set_(ledger: Ledger, key: str, quickbooks_id: str, *, reason: str, by: Decider) -> str:
    """Link the two, whatever the key was linked with before."""
    pair, before = linkable(ledger, key, quickbooks_id), linking.resolve(ledger, key)
    linking.set_link(ledger, key, quickbooks_id, by=by.name, reason=_said(reason))
    return f"{'was linked' if before == quickbooks_id else 'linked'} with {pair.their_name}"


def unlink(ledger: Ledger, key: str, quickbooks_id: str | None = None, *, reason: str, by: Decider) -> str:
    """Take the link back; matching does not make it again. With an id, only if it is linked with that."""
    linked = linked_with(ledger, key, quickbooks_id)
    linking.unlink(ledger, key, by=by.name, reason=_said(reason))
    return f"no longer linked with {linked}" if linked else "was not linked any more"


def _said(reason: str) -> str:
    if not reason.strip():
        raise NotAllowed("Say why: the reason is kept in the audit chain.")
    return reason


def _told(decide: Callable[..., str]) -> Callable[..., str]:
    """The decision, with its result as a sentence."""

    @wraps(decide)
    def told(ledger: Ledger, *, key: str, **given: object) -> str:
        return f"{key}: {decide(ledger, key=key, **given)}. `harvest-qb plan` goes on from here."

    return told


DECISIONS = (
    Decision(
        name="confirm_links",
        sentence="Link KEY with ID of QuickBooks, or with the only one that is suggested for it. Repeating is a no-op.",
        does=_told(confirm),
        about=(_KEY, _MAYBE),
        is_exact=True,
        command="links confirm",
        step="confirm_pairs",
        things="links",
        by="decided_by",
        hint="A client and its customer, a project and its job, a person and their employee or vendor, a task or "
        "category and its item, as KEY -> ID. Suggestions stand in contacts/who_is_who.",
    ),
    Decision(
        name="reject_links",
        sentence="Say that KEY is not ID: they are neither linked nor suggested again.",
        does=_told(reject),
        about=(_KEY, _ID),
        fields=(replace(_REASON, is_required=False),),
        command="links reject",
        step="reject_pairs",
        things="links",
        by="decided_by",
    ),
    Decision(
        name="set_links",
        sentence="Link KEY with ID of QuickBooks, whatever it was linked with before.",
        does=_told(set_),
        about=(_KEY, _ID),
        fields=(_REASON,),
        command="links set",
        step="set_pairs",
        things="links",
        by="decided_by",
    ),
    Decision(
        name="unlink",
        sentence="Take the link of KEY back. Matching does not make it again; `confirm` and `set` do.",
        does=_told(unlink),
        about=(_KEY, _MAYBE),
        fields=(_REASON,),
        command="links unlink",
        step="unlink_keys",
        things="links",
        by="decided_by",
    ),
)
