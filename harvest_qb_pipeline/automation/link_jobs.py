"""Jobs with which a person decides in the Dagster UI who is who, as `harvest-qb links` does on the command line.

Belongs here: each decision as a job whose launchpad opens with what is to be filled in. Must not be here: whether it
may be made (`contacts.deciding` and the ledger).
"""

from collections.abc import Callable, Sequence

import dagster as dg
from pydantic import Field

from harvest_qb_pipeline.automation.each import for_each
from harvest_qb_pipeline.contacts.deciding import Deciding, deciding, pair
from harvest_qb_pipeline.contacts.published import NotPublished
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.settings import Settings

_PAIRS = Field(
    description="KEY -> ID, such as customer/client-12 -> 58: the key as contacts/who_is_who shows it, with ids of "
    "Harvest, and the id in QuickBooks."
)
_REASON = Field(description="Why. Kept in the ledger's audit chain.")
_WHO = Field(description="Who decides. Kept in the ledger's audit chain.")


class ConfirmLinksConfig(dg.Config):
    """Which pairs are the same."""

    links: list[str] = _PAIRS
    decided_by: str = _WHO


class DecideLinksConfig(dg.Config):
    """Which pairs, and why."""

    links: list[str] = _PAIRS
    decided_by: str = _WHO
    reason: str = _REASON


class UnlinkConfig(dg.Config):
    """Which links to take back, and why."""

    links: list[str] = Field(description="KEY, or KEY -> ID to take it back only if it is linked with that.")
    decided_by: str = _WHO
    reason: str = _REASON


@dg.op(description="Links pairs that a person confirms. Repeating is a no-op; what is linked otherwise is refused.")
def confirm_pairs(
    context: dg.OpExecutionContext,
    config: ConfirmLinksConfig,
    ledger: dg.ResourceParam[Ledger],
    settings: dg.ResourceParam[Settings],
) -> None:
    def one(of_home: Deciding, link: str) -> str:
        return of_home.confirm(*pair(link))

    _decide(context, ledger, settings, config.links, by=config.decided_by, does=one)


@dg.op(description="Rejects pairs: they are neither linked by matching nor suggested again.")
def reject_pairs(
    context: dg.OpExecutionContext,
    config: DecideLinksConfig,
    ledger: dg.ResourceParam[Ledger],
    settings: dg.ResourceParam[Settings],
) -> None:
    def one(of_home: Deciding, link: str) -> str:
        return of_home.reject(*pair(link), reason=config.reason)

    _decide(context, ledger, settings, config.links, by=config.decided_by, reason=config.reason, does=one)


@dg.op(description="Links pairs, whatever the key was linked with before.")
def set_pairs(
    context: dg.OpExecutionContext,
    config: DecideLinksConfig,
    ledger: dg.ResourceParam[Ledger],
    settings: dg.ResourceParam[Settings],
) -> None:
    def one(of_home: Deciding, link: str) -> str:
        return of_home.set(*pair(link), reason=config.reason)

    _decide(context, ledger, settings, config.links, by=config.decided_by, reason=config.reason, does=one)


@dg.op(description="Takes links back; matching does not make them again.")
def unlink_keys(
    context: dg.OpExecutionContext,
    config: UnlinkConfig,
    ledger: dg.ResourceParam[Ledger],
    settings: dg.ResourceParam[Settings],
) -> None:
    def one(of_home: Deciding, link: str) -> str:
        key, external_id = pair(link) if "->" in link else (link.strip(), None)
        return of_home.unlink(key, external_id, reason=config.reason)

    _decide(context, ledger, settings, config.links, by=config.decided_by, reason=config.reason, does=one)


def _decide(
    context: dg.OpExecutionContext,
    ledger: Ledger,
    settings: Settings,
    links: Sequence[str],
    *,
    by: str,
    does: Callable[[Deciding, str], str],
    reason: str | None = None,
) -> None:
    said = (by,) if reason is None else (by, reason)
    try:
        with deciding(ledger, settings.analytics_path, by=by) as of_home:
            for_each(context, links, said=said, does=lambda link: does(of_home, link))
    except NotPublished as missing:
        raise dg.Failure(f"Nothing was done. {missing}", allow_retries=False) from None


# The launchpad opens with these, so that only values are left to fill in; empty ones are refused.
@dg.job(
    description="Confirm who is who: link a client with its customer, a project with its job, a person with their "
    "employee or vendor, a task or category with its item. Suggestions stand in contacts/who_is_who.",
    config={"ops": {"confirm_pairs": {"config": {"links": [], "decided_by": ""}}}},
)
def confirm_links() -> None:
    confirm_pairs()


@dg.job(
    description="Reject suggestions of who is who; they do not come back.",
    config={"ops": {"reject_pairs": {"config": {"links": [], "decided_by": "", "reason": ""}}}},
)
def reject_links() -> None:
    reject_pairs()


@dg.job(
    description="Set who is who, replacing what was linked before.",
    config={"ops": {"set_pairs": {"config": {"links": [], "decided_by": "", "reason": ""}}}},
)
def set_links() -> None:
    set_pairs()


@dg.job(
    description="Take links back that are wrong; matching does not make them again.",
    config={"ops": {"unlink_keys": {"config": {"links": [], "decided_by": "", "reason": ""}}}},
)
def unlink() -> None:
    unlink_keys()


JOBS = [confirm_links, reject_links, set_links, unlink]
