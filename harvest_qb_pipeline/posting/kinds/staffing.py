"""Tasks and people of a new project in Harvest: read first, then assigned one by one where they are missing.

Repeating is safe, because each pass begins with reading, and a pair that is assigned already is refused by Harvest.
"""

from dataclasses import dataclass

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.posting.kind import Context
from harvest_qb_pipeline.transport.faults import NotFound, Refused


@dataclass(frozen=True)
class _Sort:
    """One sort of assignment: `noun` is what is assigned, `planned` where the payload names them."""

    noun: str
    planned: str

    @property
    def list(self) -> str:
        return f"{self.noun}_assignments"


_SORTS = (_Sort("task", "tasks"), _Sort("user", "people"))


@dataclass(frozen=True)
class Unassigned:
    """What Harvest would not assign: `planned` is `tasks` or `people`, with a sentence for each of them."""

    planned: str
    sentences: tuple[str, ...]


def staff(context: Context, project: JsonObject) -> list[Unassigned]:
    """Assign every planned task and person that is missing, and answer those that cannot be.

    What somebody has put aside on the project (an assignment that is not active) is not missing.
    """
    return [found for sort in _SORTS if (found := _assign(context, sort, project))]


def _assign(context: Context, sort: _Sort, project: JsonObject) -> Unassigned | None:
    missing = _missing(context, sort, project)
    refusals: dict[int, str] = {}
    for one in missing:
        try:
            body = _task(context, project, one) if sort.noun == "task" else {"user_id": one}
            context.door.harvest_change("POST", f"/projects/{project['id']}/{sort.list}", body)
        except Refused as refused:
            is_gone = isinstance(refused, NotFound)
            refusals[one] = "Harvest does not have it any more." if is_gone else refused.message
    # Also what was refused is read again: somebody, or an attempt that seemed lost, may have assigned it meanwhile.
    still = _missing(context, sort, project) if missing else []
    if not still:
        return None
    return Unassigned(
        sort.planned,
        tuple(f"{sort.noun} {one} is not assigned: {refusals.get(one, 'nobody knows why')}" for one in still),
    )


def _missing(context: Context, sort: _Sort, project: JsonObject) -> list[int]:
    """Ids of planned tasks or people that the project does not have."""
    planned = [int(one) for one in context.payload.get(sort.planned) or ()]
    if not planned:
        return []
    found = context.harvest.list(f"/projects/{project['id']}/{sort.list}", sort.list)
    there = {int(assignment[sort.noun]["id"]) for assignment in found}
    return [one for one in dict.fromkeys(planned) if one not in there]


def _task(context: Context, project: JsonObject, task_id: int) -> JsonObject:
    """Said outright, because Harvest's own default for new assignments is documented in one way and seen in another."""
    task = context.harvest.get(f"/tasks/{task_id}")
    return {"task_id": task_id, "billable": bool(project["is_billable"] and task["billable_by_default"])}
