"""Projects, and which tasks and people are assigned to them.

Belongs here: the rules of these three. Must not be here: their rates over time (`rating`), JSON shapes, HTTP.
Every function refuses with `ApiError` before it changes anything.
"""

from typing import Any

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.harvest import insertion, rating
from harvest_qb_pipeline.sandbox.harvest.errors import invalid
from harvest_qb_pipeline.sandbox.harvest.fields import FieldKind, assign, refuse_blank, refuse_taken, values
from harvest_qb_pipeline.sandbox.harvest.params import Body
from harvest_qb_pipeline.sandbox.harvest.records import Project, TaskAssignment, User, UserAssignment
from harvest_qb_pipeline.sandbox.harvest.tables import Tables
from harvest_qb_pipeline.sandbox.harvest.timetable import Wanted

BILL_BY = ("Project", "Tasks", "People", "none")
BUDGET_BY = ("project", "project_cost", "task", "task_fees", "person", "none")
_PROJECT: dict[str, FieldKind] = {
    "client_id": "integer",
    "name": "string",
    "code": "text",
    "is_active": "flag",
    "is_billable": "flag",
    "is_fixed_fee": "flag",
    "bill_by": "string",
    "hourly_rate": "number",
    "budget": "number",
    "budget_by": "string",
    "budget_is_monthly": "flag",
    "notify_when_over_budget": "flag",
    "over_budget_notification_percentage": "number",
    "show_budget_to_all": "flag",
    "cost_budget": "number",
    "cost_budget_include_expenses": "flag",
    "fee": "number",
    "notes": "text",
    "starts_on": "day",
    "ends_on": "day",
}
_TASK_ASSIGNMENT: dict[str, FieldKind] = {
    "is_active": "flag",
    "billable": "flag",
    "hourly_rate": "number",
    "budget": "number",
}
_USER_ASSIGNMENT: dict[str, FieldKind] = {
    "is_active": "flag",
    "is_project_manager": "flag",
    "use_default_rates": "flag",
    "hourly_rate": "number",
    "budget": "number",
}


def create_project(tables: Tables, fields: JsonObject, creator: User | None = None) -> Project:
    """A new project with the default tasks, its creator as manager, and everyone who sees all future projects."""
    body = Body(fields)
    body.require("client_id", "name")
    if tables.switches.project_required_fields == "documented":
        body.require("is_billable", "bill_by", "budget_by")
    found = _project_values(tables, body, None)
    project = insertion.add_project(tables, found.pop("client_id"), found.pop("name"), found)
    for task in tables.tasks.values():
        if task.is_default and task.is_active:
            insertion.assign_task(tables, project.id, task.id, {"hourly_rate": task.default_hourly_rate})
    manager = creator or tables.administrator()
    insertion.assign_user(tables, project.id, manager.id, {"is_project_manager": True})
    for user in list(tables.users.values()):
        if user.has_access_to_all_future_projects and user.is_active and user is not manager:
            insertion.assign_user(tables, project.id, user.id, {})
    return project


def update_project(tables: Tables, project: Project, fields: JsonObject) -> None:
    body = Body(fields)
    refuse_blank(body, "client_id", "name")
    found = _project_values(tables, body, project)
    if not found.get("is_active", True) and any(e.project_id == project.id for e in tables.time.running.values()):
        invalid("This project can't be archived while a timer is running on it")
    before = (project.bill_by, project.hourly_rate, project.is_billable)
    assign(project, found)
    tables.touch(project)
    if (project.bill_by, project.hourly_rate, project.is_billable) != before:
        rating.project_changed(tables, project.id)


def delete_project(tables: Tables, project: Project) -> None:
    """Deletes its time and expenses with it; invoices stay, their lines lose the project."""
    project.is_active = False
    for entry in list(tables.time.find(Wanted(project_ids=frozenset([project.id])))):
        tables.time.remove(entry)
    for expense in [each for each in tables.expenses.values() if each.project_id == project.id]:
        del tables.expenses[expense.id]
    for assignment in [each for each in tables.task_assignments.values() if each.project_id == project.id]:
        _forget_task_assignment(tables, assignment)
    for person in [each for each in tables.user_assignments.values() if each.project_id == project.id]:
        _forget_user_assignment(tables, person)
    del tables.projects[project.id]
    tables.catalog_changed()


def _project_values(tables: Tables, body: Body, project: Project | None) -> dict[str, Any]:
    body.among("bill_by", BILL_BY)
    body.among("budget_by", BUDGET_BY)
    client_id = body.integer("client_id") if body.has("client_id") else None if project is None else project.client_id
    if body.has("client_id") and not body.is_blank("client_id") and client_id not in tables.clients:
        body.problems.append("Client can't be blank")
    # Whether names are unique in the account or per client is not documented; per client refuses no real data.
    is_account = tables.switches.project_names_unique == "account"
    siblings = tables.projects.values() if is_account else tables.projects_of(client_id or 0)
    refuse_taken(body, "name", (each for each in siblings if each is not project))
    found = values(body, _PROJECT)
    body.check()
    return found


def create_task_assignment(tables: Tables, fields: JsonObject) -> TaskAssignment:
    body = Body(fields)
    body.require("task_id")
    project_id, task_id = body.integer("project_id") or 0, body.integer("task_id") or 0
    if project_id not in tables.projects:
        body.problems.append("Project can't be blank")
    if not body.is_blank("task_id") and task_id not in tables.tasks:
        body.problems.append("Task can't be blank")
    if (project_id, task_id) in tables.task_assignment_of:
        body.problems.append("Task has already been taken")
    found = values(body, _TASK_ASSIGNMENT)
    body.check()
    found.setdefault("hourly_rate", tables.tasks[task_id].default_hourly_rate)
    return insertion.assign_task(tables, project_id, task_id, found)


def update_task_assignment(tables: Tables, assignment: TaskAssignment, fields: JsonObject) -> None:
    body = Body(fields)
    found = values(body, _TASK_ASSIGNMENT)
    body.check()
    before = (assignment.billable, assignment.hourly_rate)
    assign(assignment, found)
    tables.touch(assignment)
    if (assignment.billable, assignment.hourly_rate) != before:
        rating.project_changed(tables, assignment.project_id)


def delete_task_assignment(tables: Tables, assignment: TaskAssignment) -> None:
    """Only without time entries."""
    wanted = Wanted(project_ids=frozenset([assignment.project_id]), task_id=assignment.task_id)
    if tables.time.find(wanted):
        invalid("This task assignment is not removable. It still has time entries.")
    _forget_task_assignment(tables, assignment)


def create_user_assignment(tables: Tables, fields: JsonObject) -> UserAssignment:
    body = Body(fields)
    body.require("user_id")
    project_id, user_id = body.integer("project_id") or 0, body.integer("user_id") or 0
    if project_id not in tables.projects:
        body.problems.append("Project can't be blank")
    if not body.is_blank("user_id") and user_id not in tables.users:
        body.problems.append("User can't be blank")
    if (project_id, user_id) in tables.user_assignment_of:
        body.problems.append("User has already been taken")
    found = values(body, _USER_ASSIGNMENT)
    body.check()
    return insertion.assign_user(tables, project_id, user_id, found)


def update_user_assignment(tables: Tables, assignment: UserAssignment, fields: JsonObject) -> None:
    body = Body(fields)
    found = values(body, _USER_ASSIGNMENT)
    body.check()
    before = (assignment.use_default_rates, assignment.hourly_rate)
    assign(assignment, found)
    tables.touch(assignment)
    if (assignment.use_default_rates, assignment.hourly_rate) != before:
        rating.project_changed(tables, assignment.project_id)


def delete_user_assignment(tables: Tables, assignment: UserAssignment) -> None:
    """Only without time entries and expenses."""
    wanted = Wanted(project_ids=frozenset([assignment.project_id]), user_ids=frozenset([assignment.user_id]))
    has_expenses = any(
        each.project_id == assignment.project_id and each.user_id == assignment.user_id
        for each in tables.expenses.values()
    )
    if has_expenses or tables.time.find(wanted):
        invalid("This user assignment is not removable. It still has time entries and/or expenses.")
    _forget_user_assignment(tables, assignment)


def _forget_task_assignment(tables: Tables, assignment: TaskAssignment) -> None:
    del tables.task_assignments[assignment.id]
    del tables.task_assignment_of[assignment.project_id, assignment.task_id]
    tables.catalog_changed()


def _forget_user_assignment(tables: Tables, assignment: UserAssignment) -> None:
    del tables.user_assignments[assignment.id]
    del tables.user_assignment_of[assignment.project_id, assignment.user_id]
    tables.catalog_changed()
