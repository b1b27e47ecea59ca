"""Decisions about who in Harvest is who in QuickBooks.

Belongs here: each as a declaration, with how its result is told. Must not be here: whether it may be made
(`contacts.deciding` and the ledger).
"""

from collections.abc import Callable
from dataclasses import replace

from harvest_qb_pipeline.contacts.deciding import Deciding, deciding
from harvest_qb_pipeline.contacts.published import NotPublished
from harvest_qb_pipeline.decisions.decision import Decider, Decision, Field
from harvest_qb_pipeline.ledger.states import NotAllowed
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.settings import load_settings

_KEY = Field("key", "Key of the link, with the id in Harvest, as contacts/who_is_who shows it.",
             "customer/client-12", "key")  # fmt: skip
_ID = Field("quickbooks_id", "Id of the record in QuickBooks.", "58", "record")
_MAYBE = replace(_ID, is_required=False)
_REASON = Field("reason", "Kept in the audit chain.", "They told us", "reason", option="--reason")


def _confirm(ledger: Ledger, key: str, quickbooks_id: str | None = None, *, by: Decider) -> str:
    return _decided(ledger, key, by, lambda of_home: of_home.confirm(key, quickbooks_id))


def _reject(ledger: Ledger, key: str, quickbooks_id: str, *, reason: str = "", by: Decider) -> str:
    return _decided(ledger, key, by, lambda of_home: of_home.reject(key, quickbooks_id, reason=reason))


def _set(ledger: Ledger, key: str, quickbooks_id: str, *, reason: str, by: Decider) -> str:
    return _decided(ledger, key, by, lambda of_home: of_home.set(key, quickbooks_id, reason=reason))


def _unlink(ledger: Ledger, key: str, quickbooks_id: str | None = None, *, reason: str, by: Decider) -> str:
    return _decided(ledger, key, by, lambda of_home: of_home.unlink(key, quickbooks_id, reason=reason))


def _decided(ledger: Ledger, key: str, by: Decider, decide: Callable[[Deciding], str]) -> str:
    try:
        with deciding(ledger, load_settings().analytics_path, by=by.name) as of_home:
            return f"{key}: {decide(of_home)}. `harvest-qb plan` goes on from here."
    except NotPublished as missing:
        raise NotAllowed(str(missing)) from None


DECISIONS = (
    Decision(
        name="confirm_links",
        sentence="Link KEY with ID of QuickBooks, or with the only one that is suggested for it. Repeating is a no-op.",
        does=_confirm,
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
        does=_reject,
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
        does=_set,
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
        does=_unlink,
        about=(_KEY, _MAYBE),
        fields=(_REASON,),
        command="links unlink",
        step="unlink_keys",
        things="links",
        by="decided_by",
    ),
)
