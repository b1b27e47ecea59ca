"""Who asks, and what they may see: administrators everything, managers their projects, members themselves.

Belongs here: rights by role. Must not be here: rules that hold for everybody. People without a right get less data and
no error on lists they share, and 403 on what is not theirs at all.
"""

from dataclasses import dataclass

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.harvest.errors import not_authorized
from harvest_qb_pipeline.sandbox.harvest.records import User
from harvest_qb_pipeline.sandbox.harvest.tables import Tables
from harvest_qb_pipeline.sandbox.http import ApiRequest

_RATE_FIELDS = ("default_hourly_rate", "cost_rate", "hourly_rate", "fee")


@dataclass(frozen=True)
class Viewer:
    """The person behind a token. `project_ids` are those they manage; both sets are None for an administrator: all."""

    user: User
    is_admin: bool
    project_ids: frozenset[int] | None
    user_ids: frozenset[int] | None

    @property
    def sees_rates(self) -> bool:
        """Whether rates and money are shown to them."""
        return self.is_admin or "billable_rates_manager" in self.user.access_roles

    def need(self, *roles: str) -> None:
        """403 unless an administrator, or somebody with one of these roles."""
        if not self.is_admin and not set(roles) & set(self.user.access_roles):
            not_authorized()

    def trimmed(self, shown: JsonObject) -> JsonObject:
        """The object without what this person may not see: money fields are left out, not null."""
        if self.sees_rates:
            return shown
        return {name: value for name, value in shown.items() if name not in _RATE_FIELDS}


def viewer(tables: Tables, request: ApiRequest) -> Viewer:
    """Whose token the request carried: the first administrator's, or the first member's."""
    is_admin = request.actor == "administrator"
    user = tables.administrator() if is_admin else tables.member() or not_authorized()
    if is_admin:
        return Viewer(user, True, None, None)
    managed = frozenset(
        each.project_id
        for each in tables.user_assignments.values()
        if each.user_id == user.id and each.is_project_manager
    )
    return Viewer(user, False, managed if "manager" in user.access_roles else frozenset(), frozenset([user.id]))
