"""Logging time: creating, changing, stopping and deleting entries, by whom they may be, and what only its pages do.

Belongs here: everything that changes a time entry except invoicing it (`importing`). Must not be here: rates, rounding,
JSON. Every function refuses with `ApiError` before it changes anything.
"""

from datetime import date
from typing import cast

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.harvest.errors import invalid, not_authorized
from harvest_qb_pipeline.sandbox.harvest.insertion import hundredths_of
from harvest_qb_pipeline.sandbox.harvest.params import Body
from harvest_qb_pipeline.sandbox.harvest.records import User
from harvest_qb_pipeline.sandbox.harvest.rules import hundredths_now, is_archived, is_day_locked, locked_reason
from harvest_qb_pipeline.sandbox.harvest.tables import Tables
from harvest_qb_pipeline.sandbox.harvest.timetable import TimeEntry

APPROVALS = ("unsubmitted", "submitted", "approved")
_EDITABLE = (
    "project_id",
    "task_id",
    "spent_date",
    "started_time",
    "ended_time",
    "hours",
    "notes",
    "external_reference",
)


def create(tables: Tables, body: Body, actor: User, *, is_admin: bool) -> TimeEntry:
    """A new entry of `user_id` (default: the actor). Without hours and end it starts a timer, stopping another."""
    body.require("project_id", "task_id", "spent_date")
    spent_on = body.day("spent_date")
    if body.is_blank("spent_date"):
        body.problems.append("Spent date is not a valid date")
    user_id = actor.id if body.is_blank("user_id") else body.integer("user_id") or 0
    if user_id != actor.id and not is_admin:
        not_authorized()
    project_id, task_id = body.integer("project_id") or 0, body.integer("task_id") or 0
    hundredths, times = _worked(body, None)
    body.check()
    _check_assignments(tables, user_id, project_id, task_id)
    day = cast(date, spent_on)
    if not is_admin and is_day_locked(tables, project_id, user_id, day):
        invalid("This time period is locked")
    moment = tables.now()
    if hundredths is None:
        _stop_running(tables, user_id)
    entry = TimeEntry(
        id=tables.next_id("time_entries"),
        spent_on=day,
        user_id=user_id,
        project_id=project_id,
        task_id=task_id,
        hundredths=hundredths or 0,
        notes=body.text("notes"),
        approval_status="unsubmitted",
        is_billed=False,
        invoice_id=None,
        timer_started_at=moment if hundredths is None else None,
        created_at=moment,
        updated_at=moment,
        extra=_extra(None, times, body),
    )
    tables.time.insert(entry)
    return entry


def update(tables: Tables, entry: TimeEntry, body: Body, *, is_admin: bool) -> None:
    """Changes an entry; one that is locked only by an administrator. Person, billing and approval are not among it."""
    if not any(body.has(name) for name in _EDITABLE):
        return
    _refuse_locked(tables, entry, is_admin=is_admin)
    if body.has("spent_date"):
        body.require("spent_date")
    spent_on = body.day("spent_date") or entry.spent_on
    project_id = body.integer("project_id") or entry.project_id
    task_id = body.integer("task_id") or entry.task_id
    hundredths, times = _worked(body, entry)
    body.check()
    if (project_id, task_id) != (entry.project_id, entry.task_id):
        _check_assignments(tables, entry.user_id, project_id, task_id)
    if not is_admin and is_day_locked(tables, project_id, entry.user_id, spent_on):
        invalid("This time period is locked")
    moment = tables.now()

    def change() -> None:
        entry.spent_on, entry.project_id, entry.task_id = spent_on, project_id, task_id
        if hundredths is not None:
            entry.hundredths = hundredths
            entry.timer_started_at = None if entry.timer_started_at is None else moment
        if body.has("notes"):
            entry.notes = body.text("notes")
        entry.extra = _extra(entry.extra, times, body)
        entry.updated_at = moment

    tables.time.move(entry, change)


def delete(tables: Tables, entry: TimeEntry, *, is_admin: bool) -> None:
    """Removes an entry: a locked one only an administrator may, one of something archived nobody."""
    _refuse_locked(tables, entry, is_admin=is_admin)
    if is_archived(tables, entry):
        invalid("Time entries of archived projects and tasks can't be deleted")
    tables.time.remove(entry)


def stop(tables: Tables, entry: TimeEntry) -> None:
    """Ends the running timer and adds its time."""
    if entry.timer_started_at is None:
        invalid("This time entry is not running")
    moment = tables.now()

    def change() -> None:
        entry.hundredths = hundredths_now(tables, entry)
        entry.timer_started_at = None
        entry.updated_at = moment

    tables.time.move(entry, change)


def restart(tables: Tables, entry: TimeEntry, *, is_admin: bool) -> None:
    """Starts the timer on a stopped entry; another running timer of the person is stopped."""
    if entry.timer_started_at is not None:
        invalid("This time entry is already running")
    _refuse_locked(tables, entry, is_admin=is_admin)
    _stop_running(tables, entry.user_id)
    moment = tables.now()

    def change() -> None:
        entry.timer_started_at = entry.updated_at = moment

    tables.time.move(entry, change)


def remove_reference(tables: Tables, entry: TimeEntry) -> None:
    """Drops the external reference."""
    if entry.extra is not None:
        entry.extra = {name: value for name, value in entry.extra.items() if name != "external_reference"} or None
    entry.updated_at = tables.now()
    tables.time.touched(entry)


def override(tables: Tables, entry: TimeEntry, fields: JsonObject) -> None:
    """What only Harvest's pages can: approve or withdraw approval, mark as invoiced without an invoice, un-mark."""
    body = Body(fields)
    approval = body.among("approval_status", APPROVALS)
    body.check()
    if approval is not None and approval != entry.approval_status:
        if approval != "unsubmitted" and entry.timer_started_at is not None:
            invalid("A running timer can't be submitted or approved")
        entry.approval_status = approval
        if tables.switches.approval_moves_updated_at:
            entry.updated_at = tables.now()
        tables.time.touched(entry)
    is_billed = body.flag("is_billed")
    if is_billed is not None and is_billed != entry.is_billed:
        entry.updated_at = tables.now()
        tables.time.bill(entry, None, is_billed=is_billed)


def _refuse_locked(tables: Tables, entry: TimeEntry, *, is_admin: bool) -> None:
    if not is_admin and locked_reason(tables, entry) is not None:
        invalid("This time entry is locked")


def _check_assignments(tables: Tables, user_id: int, project_id: int, task_id: int) -> None:
    """Person and task must be assigned to the project, and nothing of it archived."""
    problems: list[str] = []
    project, task, user = tables.projects.get(project_id), tables.tasks.get(task_id), tables.users.get(user_id)
    on_task = tables.task_assignment_of.get((project_id, task_id))
    on_project = tables.user_assignment_of.get((project_id, user_id))
    if project is None:
        problems.append("Project can't be blank")
    elif not (project.is_active and tables.clients[project.client_id].is_active):
        problems.append("Project is archived")
    if task is None:
        problems.append("Task can't be blank")
    elif project is not None and (on_task is None or not on_task.is_active or not task.is_active):
        problems.append("Task is not assigned to this project")
    if user is None:
        problems.append("User can't be blank")
    elif project is not None and (on_project is None or not on_project.is_active or not user.is_active):
        problems.append("User is not assigned to this project")
    if problems:
        invalid(*problems)


def _worked(body: Body, entry: TimeEntry | None) -> tuple[int | None, dict[str, int]]:
    """Hundredths of an hour if the request says how long, and the times of day it gives."""
    hours = body.number("hours")
    times = {
        key: minutes
        for key, name in (("started", "started_time"), ("ended", "ended_time"))
        if (minutes := body.minutes(name)) is not None
    }
    if hours is not None and hours < 0:
        body.problems.append("Hours must be greater than or equal to 0")
    known = {**((entry.extra or {}) if entry else {}), **times}
    if times and known.get("started") is not None and known.get("ended") is not None:
        # An end before the start is on the next day.
        minutes = (known["ended"] - known["started"]) % (24 * 60)
        return (100 * minutes + 30) // 60, times
    return None if hours is None else hundredths_of(hours), times


def _extra(before: JsonObject | None, times: dict[str, int], body: Body) -> JsonObject | None:
    extra = {**(before or {}), **times}
    if body.has("external_reference"):
        reference = body.object("external_reference")
        if reference is None:
            extra.pop("external_reference", None)
        else:
            names = ("id", "group_id", "account_id", "permalink", "service", "service_icon_url")
            extra["external_reference"] = {name: reference.text(name) for name in names}
    return extra or None


def _stop_running(tables: Tables, user_id: int) -> None:
    for entry in [each for each in tables.time.running.values() if each.user_id == user_id]:
        stop(tables, entry)
