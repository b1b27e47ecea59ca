"""Reading time entries back from Harvest for a twin: what an import would take, and what it did take."""

from decimal import Decimal

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger.model import Hold, Source
from harvest_qb_pipeline.posting.kind import ReadContext
from harvest_qb_pipeline.posting.reads import ImportReach

_NAMED = 5


def window_of(payload: JsonObject) -> ImportReach:
    """The import window of a twin's payload."""
    invoice = payload["invoice"]
    wanted = invoice["line_items_import"]
    return ImportReach(
        int(invoice["client_id"]),
        frozenset(int(project) for project in wanted["project_ids"]),
        str(wanted["time"]["from"]),
        str(wanted["time"]["to"]),
    )


def planned_entries(sources: tuple[Source, ...]) -> set[str]:
    """Ids of the entries that the twin should have."""
    return {source.id for source in sources if source.type == "time_entry"}


def entries_on(entries: list[JsonObject], invoice_id: str) -> set[str]:
    """Ids of the entries that stand on this Harvest invoice."""
    return {str(entry["id"]) for entry in entries if entry.get("invoice") and str(entry["invoice"]["id"]) == invoice_id}


def reach_of(client_id: int, sources: tuple[Source, ...]) -> ImportReach | None:
    """What has to be read to see the planned entries again; None where the document has none."""
    planned = _time(sources).values()
    days = sorted(source.day.isoformat() for source in planned if source.day)
    projects = frozenset(int(source.version.partition(":")[0]) for source in planned)
    return ImportReach(client_id, projects, days[0], days[-1]) if days else None


def needs_approval(look: ReadContext) -> bool:
    """Whether only approved time may be billed: as the policy says, or as Harvest is set (rule 13)."""
    stated = look.facts.needs_approval
    return look.reads.uses_approvals() if stated is None else stated


def isolation_hold(
    sources: tuple[Source, ...], entries: list[JsonObject], *, needs_approval: bool
) -> Hold | None:  # fmt: skip
    """Why an import now would not take exactly the planned sources, or None (rule 22; billing step 1)."""
    problems = [*_problems(sources, entries, needs_approval), *_not_planned(sources, entries)]
    return _told("not_isolable", "Harvest would not invoice exactly these hours", problems)


def changed_hold(sources: tuple[Source, ...], entries: list[JsonObject], *, needs_approval: bool) -> Hold | None:
    """Why the planned hours are not those of the draft any more, or None: where no import claims them (rule 23)."""
    return _told("sources_changed", "These hours changed", _problems(sources, entries, needs_approval))


def changed_among(sources: tuple[Source, ...], entries: list[JsonObject], *, needs_approval: bool) -> list[str]:
    """Ids of sources whose entry is not as it was when they were drafted."""
    present = _by_id(entries)
    return [
        source.id
        for source in _time(sources).values()
        if source.id in present and _change(source, present[source.id], needs_approval)
    ]


def _problems(sources: tuple[Source, ...], entries: list[JsonObject], needs_approval: bool) -> list[str]:
    """What is wrong with planned entries."""
    present = _by_id(entries)
    found = {source: _problem(source, present.get(source.id), needs_approval) for source in _time(sources).values()}
    return [
        f"entry {source.id} ({source.person}, {source.day}, {source.hours} h) {problem}"
        for source, problem in found.items()
        if problem
    ]


def _problem(source: Source, entry: JsonObject | None, needs_approval: bool) -> str | None:
    if entry is None:
        return "was deleted or moved"
    if entry.get("is_billed") or entry.get("invoice"):
        return "was billed in Harvest" + (f" on invoice {entry['invoice']['number']}" if entry.get("invoice") else "")
    if not entry["billable"]:
        return "was changed since this draft was made: it is not billable any more"
    return _change(source, entry, needs_approval)


def _not_planned(sources: tuple[Source, ...], entries: list[JsonObject]) -> list[str]:
    """Entries that an import would take too."""
    planned = planned_entries(sources)
    return [
        f"entry {entry['id']} ({entry['user']['name']}, {entry['spent_date']}, {entry['hours']} h) "
        + ("is a running timer" if entry.get("is_running") else "is billable and not in this draft")
        for entry in entries
        if str(entry["id"]) not in planned
        and entry["billable"]
        and not entry.get("is_billed")
        and not entry.get("invoice")
    ]


def _told(code: str, what: str, problems: list[str]) -> Hold | None:
    if not problems:
        return None
    shown = "; ".join(problems[:_NAMED]) + (f"; and {len(problems) - _NAMED} more" if len(problems) > _NAMED else "")
    return Hold(code, f"{what}: {shown}. Nothing was sent. Sync and plan again.")


def _time(sources: tuple[Source, ...]) -> dict[str, Source]:
    return {source.id: source for source in sources if source.type == "time_entry"}


def _by_id(entries: list[JsonObject]) -> dict[str, JsonObject]:
    return {str(entry["id"]): entry for entry in entries}


def _change(source: Source, entry: JsonObject, needs_approval: bool) -> str | None:
    """Project, task, rounded hours, rate and day have to be those of the draft, and the approval still there."""
    if source.day and str(entry["spent_date"]) != source.day.isoformat():
        return f"was moved to {entry['spent_date']}"
    # Older accounts only say that an entry is closed.
    approval = entry.get("approval_status") or ("approved" if entry.get("is_closed") else None)
    if needs_approval and approval != "approved":
        return "is not approved any more"
    rate = entry.get("billable_rate")
    now = (
        str(entry["project"]["id"]),
        str(entry["task"]["id"]),
        Decimal(str(entry["rounded_hours"])),
        Decimal(str(rate)) if rate is not None else Decimal(0),
    )
    project, task, *_ = source.version.split(":")
    is_same = now == (project, task, source.hours, source.rate or Decimal(0))
    return None if is_same else "was changed since this draft was made"
