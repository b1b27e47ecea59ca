"""Tasks and people of a new project in Harvest: read first, then assigned one by one where they are missing.

Repeating is safe, because each pass begins with reading, and a pair that is assigned already is refused by Harvest.
"""

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.posting.kind import Context
from harvest_qb_pipeline.transport.faults import NotFound, Refused

_PLANNED = {"task": "tasks", "user": "people"}
"""What is assigned, and where the payload names it."""


def staff(context: Context, project: JsonObject) -> dict[str, list[str]]:
    """Assign every planned task and person that is missing; a sentence on each that cannot be, of `tasks` and `people`.

    What somebody has put aside on the project (an assignment that is not active) is not missing.
    """
    return {planned: left for noun, planned in _PLANNED.items() if (left := _assign(context, noun, project))}


def _assign(context: Context, noun: str, project: JsonObject) -> list[str]:
    missing = _missing(context, noun, project)
    refusals: dict[int, str] = {}
    for one in missing:
        try:
            body = _task(context, project, one) if noun == "task" else {"user_id": one}
            context.door.harvest_change("POST", f"/projects/{project['id']}/{noun}_assignments", body)
        except Refused as refused:
            is_gone = isinstance(refused, NotFound)
            refusals[one] = "Harvest does not have it any more." if is_gone else refused.message
    # Also what was refused is read again: somebody, or an attempt that seemed lost, may have assigned it meanwhile.
    still = _missing(context, noun, project) if missing else []
    return [f"{noun} {one} is not assigned: {refusals.get(one, 'nobody knows why')}" for one in still]


def _missing(context: Context, noun: str, project: JsonObject) -> list[int]:
    """Ids of planned tasks or people that the project does not have."""
    planned = [int(one) for one in context.payload.get(_PLANNED[noun]) or ()]
    if not planned:
        return []
    found = context.harvest.list(f"/projects/{project['id']}/{noun}_assignments", f"{noun}_assignments")
    there = {int(assignment[noun]["id"]) for assignment in found}
    return [one for one in dict.fromkeys(planned) if one not in there]


def _task(context: Context, project: JsonObject, task_id: int) -> JsonObject:
    """Said outright, because Harvest's own default for new assignments is documented in one way and seen in another."""
    task = context.harvest.get(f"/tasks/{task_id}")
    return {"task_id": task_id, "billable": bool(project["is_billable"] and task["billable_by_default"])}
