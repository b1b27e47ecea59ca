"""Reading time entries back from Harvest for a twin: what an import would take, and what it did take."""

from decimal import Decimal

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger.model import Hold, Source
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


def isolation_hold(sources: tuple[Source, ...], entries: list[JsonObject]) -> Hold | None:
    """Why an import now would not take exactly the planned sources, or None (rule 22; billing step 1)."""
    planned = {source.id: source for source in sources if source.type == "time_entry"}
    present = {str(entry["id"]): entry for entry in entries}
    problems: list[str] = []
    for source_id, source in planned.items():
        entry = present.get(source_id)
        if entry is None:
            problems.append(f"entry {source_id} ({_who(source)}) was deleted or moved")
        elif entry.get("is_billed") or entry.get("invoice"):
            where = f" on invoice {entry['invoice']['number']}" if entry.get("invoice") else ""
            problems.append(f"entry {source_id} ({_who(source)}) was billed in Harvest{where}")
        elif not entry["billable"] or _changed(source, entry):
            problems.append(f"entry {source_id} ({_who(source)}) was changed since this draft was made")
    for entry_id, entry in present.items():
        if entry_id in planned or not entry["billable"] or entry.get("is_billed") or entry.get("invoice"):
            continue
        state = "is a running timer" if entry.get("is_running") else "is billable and not in this draft"
        problems.append(
            f"entry {entry_id} ({entry['user']['name']}, {entry['spent_date']}, {entry['hours']} h) {state}"
        )
    if not problems:
        return None
    shown = "; ".join(problems[:_NAMED]) + (f"; and {len(problems) - _NAMED} more" if len(problems) > _NAMED else "")
    return Hold("not_isolable", f"Harvest would not invoice exactly these hours: {shown}. Sync and plan again.")


def changed_among(sources: tuple[Source, ...], entries: list[JsonObject]) -> list[str]:
    """Ids of sources whose entry has another project, task, rounded hours or rate than when they were drafted."""
    present = {str(entry["id"]): entry for entry in entries}
    return [
        source.id
        for source in sources
        if source.type == "time_entry" and source.id in present and _changed(source, present[source.id])
    ]


def _who(source: Source) -> str:
    return f"{source.person}, {source.day}, {source.hours} h"


def _changed(source: Source, entry: JsonObject) -> bool:
    """Project, task, rounded hours and rate have to be those of the draft."""
    rate = entry.get("billable_rate")
    now = (
        str(entry["project"]["id"]),
        str(entry["task"]["id"]),
        Decimal(str(entry["rounded_hours"])),
        Decimal(str(rate)) if rate is not None else Decimal(0),
    )
    project, task, *_ = source.version.split(":")
    return now != (project, task, source.hours, source.rate or Decimal(0))
