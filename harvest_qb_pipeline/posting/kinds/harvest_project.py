"""Projects in Harvest (`project`): created once below their client and staffed, or adopted where they exist.

Posting one also assigns the planned tasks and people, and links the project to its job where there is one. Rule 51.
"""

from itertools import chain

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.posting.kind import Completed, Context, Result
from harvest_qb_pipeline.posting.kinds.fields import harvest_differences
from harvest_qb_pipeline.posting.kinds.harvest import HarvestCreation, same_name
from harvest_qb_pipeline.posting.kinds.staffing import staff

_BILLING = ("is_billable", "bill_by")


class ProjectKind(HarvestCreation):
    """One Harvest project with its tasks and people."""

    pair = ("job", "project")
    where = " of this client"
    mend = "Make them agree or rename it in Harvest, then retry."

    def like(self, context: Context) -> list[JsonObject]:
        wanted = self.content(context)
        found = context.harvest.list("/projects", "projects", {"client_id": wanted["client_id"]})
        return [project for project in found if same_name(project, wanted)]

    def differences(self, context: Context, record: JsonObject) -> list[str]:
        """One that is billed in another way is not ours."""
        wanted = self.content(context)
        return [
            f"{name} is {record.get(name)} there and {wanted[name]} here"
            for name in _BILLING
            if name in wanted and record.get(name) != wanted[name]
        ]

    def compared(self, context: Context, stored: JsonObject) -> Result:
        unassigned = staff(context, stored)
        differences = self._stored_differently(context, stored) if context.door.has_tried else ()
        project_id = str(stored["id"])
        said = [*chain(*unassigned.values()), *(f"{name} is not as planned" for name in differences)]
        return Completed(
            project_id,
            flags=(*(f"{planned}_missing" for planned in unassigned), *(("fields_differ",) if differences else ())),
            detail="; ".join([str(stored["name"]), *said]),
            links=self.links(context, project_id),
        )

    def _stored_differently(self, context: Context, stored: JsonObject) -> tuple[str, ...]:
        """Planned fields that Harvest did not keep; a rate counts only where the project is billed by it."""
        planned = self.content(context)
        ignored = {"client_id"} if stored.get("bill_by") == "Project" else {"client_id", "hourly_rate"}
        wanted = {name: value for name, value in planned.items() if name not in ignored}
        is_elsewhere = int(stored["client"]["id"]) != planned["client_id"]
        return (*harvest_differences(wanted, stored), *(("client",) if is_elsewhere else ()))


KIND = ProjectKind
