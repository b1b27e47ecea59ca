"""Projects in Harvest (`project`): created once below their client and staffed, or adopted where they exist.

Posting one also assigns the planned tasks and people, and links the project to its job where there is one. Rule 51.
"""

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger.model import Hold, System
from harvest_qb_pipeline.posting.kind import Absent, Blocked, Completed, Context, Finding, Kind, Present, Result
from harvest_qb_pipeline.posting.kinds.fields import harvest_differences
from harvest_qb_pipeline.posting.kinds.harvest import gone, same_name
from harvest_qb_pipeline.posting.kinds.linked import link_hold
from harvest_qb_pipeline.posting.kinds.staffing import staff
from harvest_qb_pipeline.transport.faults import NotFound

_LINK = "job/project-"
_BILLING = ("is_billable", "bill_by")


class ProjectKind(Kind):
    """One Harvest project with its tasks and people."""

    def find(self, context: Context) -> Finding:
        """By name among the client's projects, archived ones too; one that is billed in another way is not ours."""
        if context.posting.external_id:
            return Present(context.posting.external_id)
        named = _named(context)
        if not named:
            return Absent()
        active = [project for project in named if project["is_active"]]
        if len(active) > 1:
            return Blocked(_twice(active))
        project = (active or named)[0]
        hold = _difference(context, project) or _job_hold(context, str(project["id"]))
        return Blocked(hold) if hold else Present(str(project["id"]))

    def prepare(self, context: Context) -> Hold | None:
        return _job_hold(context, None)

    def create(self, context: Context) -> str:
        content: JsonObject = {**context.payload["project"], "client_id": _client_id(context)}
        return str(context.door.harvest_create("/projects", content)["id"])

    def complete(self, context: Context, external_id: str) -> Result:
        name = context.payload["project"]["name"]
        try:
            stored = context.harvest.get(f"/projects/{external_id}")
        except NotFound:
            return Blocked(gone(f"Project {name}", external_id))
        # A second one of ours needs an attempt that seemed lost and was carried out after all.
        named = _named(context) if context.posting.first_attempt_at else []
        others = [project for project in named if project["is_active"] and str(project["id"]) != external_id]
        if others:
            return Blocked(_twice([stored, *others]))
        unassigned = staff(context, stored)
        differences = _stored_differently(context, stored) if context.door.has_tried else ()
        job_id = context.payload.get("job_id")
        link: tuple[str, System, str] = (f"{_LINK}{external_id}", "quickbooks", str(job_id))
        return Completed(
            external_id,
            flags=(*(f"{found.planned}_missing" for found in unassigned), *(("fields_differ",) if differences else ())),
            detail="; ".join(
                [
                    str(stored["name"]),
                    *(sentence for found in unassigned for sentence in found.sentences),
                    *(f"{name} is not as planned" for name in differences),
                ]
            ),
            links=(link,) if job_id else (),
        )


def _client_id(context: Context) -> int:
    return int(context.payload["project"]["client_id"])


def _named(context: Context) -> list[JsonObject]:
    found = context.harvest.list("/projects", "projects", {"client_id": _client_id(context)})
    return [project for project in found if same_name(project, context.payload["project"])]


def _job_hold(context: Context, project_id: str | None) -> Hold | None:
    job_id = context.payload.get("job_id")
    return link_hold(context, _LINK, project_id, str(job_id)) if job_id else None


def _difference(context: Context, project: JsonObject) -> Hold | None:
    wanted = context.payload["project"]
    differences = [
        f"{name} is {project.get(name)} there and {wanted[name]} here"
        for name in _BILLING
        if name in wanted and project.get(name) != wanted[name]
    ]
    if not project["is_active"]:
        differences.append("it is archived")
    if not differences:
        return None
    return Hold(
        "project_differs",
        f"Harvest has a project {project['name']!r} (id {project['id']}) of this client that is not the one planned: "
        f"{'; '.join(differences)}. Make them agree or rename it in Harvest, then retry.",
    )


def _stored_differently(context: Context, stored: JsonObject) -> tuple[str, ...]:
    """Planned fields that Harvest did not keep; a rate counts only where the project is billed by it."""
    ignored = {"client_id"} if stored.get("bill_by") == "Project" else {"client_id", "hourly_rate"}
    wanted = {name: value for name, value in context.payload["project"].items() if name not in ignored}
    is_elsewhere = int(stored["client"]["id"]) != _client_id(context)
    return (*harvest_differences(wanted, stored), *(("client",) if is_elsewhere else ()))


def _twice(projects: list[JsonObject]) -> Hold:
    ids = ", ".join(str(project["id"]) for project in projects)
    return Hold(
        "project_twice",
        f"Harvest has {len(projects)} projects {projects[0]['name']!r} of this client (ids {ids}); one may come from "
        f"an attempt of ours that got no answer. Keep {projects[0]['id']} and delete or rename the others in Harvest, "
        "then retry.",
    )


KIND = ProjectKind
