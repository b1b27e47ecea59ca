"""Handlers of time entries and expenses.

Belongs here: HTTP in, HTTP out for what people log. Must not be here: rules (`timesheets`), JSON (`entryjson`).
"""

from collections.abc import Sequence

from harvest_qb_pipeline.sandbox.harvest import params, shapes, timesheets
from harvest_qb_pipeline.sandbox.harvest.entryjson import EntryPrinter
from harvest_qb_pipeline.sandbox.harvest.errors import not_found
from harvest_qb_pipeline.sandbox.harvest.paging import numbered
from harvest_qb_pipeline.sandbox.harvest.records import Expense
from harvest_qb_pipeline.sandbox.harvest.tables import Tables
from harvest_qb_pipeline.sandbox.harvest.timetable import TimeEntry, Wanted
from harvest_qb_pipeline.sandbox.harvest.visibility import Viewer, viewer
from harvest_qb_pipeline.sandbox.http import ApiRequest, ApiResponse, encode
from harvest_qb_pipeline.sandbox.routing import Handler

_NONE: frozenset[int] = frozenset()


def list_entries(tables: Tables, request: ApiRequest) -> ApiResponse:
    """Latest day first. Members see their own, managers also those of their projects."""
    who = viewer(tables, request)
    user_id = params.integer(request, "user_id")
    wanted = Wanted(
        project_ids=_projects(tables, request),
        user_ids=None if user_id is None else frozenset([user_id]),
        from_on=params.day(request, "from"),
        to_on=params.day(request, "to"),
        updated_since=params.updated_since(request),
        inclusive=tables.switches.updated_since_inclusive,
        task_id=params.integer(request, "task_id"),
        is_billed=params.flag(request, "is_billed"),
        is_running=params.flag(request, "is_running"),
        approval_status=request.param("approval_status") or None,
        external_reference_id=request.param("external_reference_id") or None,
    )
    entries = tables.time.find(wanted)
    if not who.is_admin:
        entries = [entry for entry in entries if _sees(who, entry)]
    texts = EntryPrinter(tables, rates=who.sees_rates).texts
    return numbered(request, tables.switches, "time_entries", entries, texts)


def _projects(tables: Tables, request: ApiRequest) -> frozenset[int] | None:
    project_id, client_id = params.integer(request, "project_id"), params.integer(request, "client_id")
    if client_id is None:
        return None if project_id is None else frozenset([project_id])
    of_client = frozenset(project.id for project in tables.projects_of(client_id))
    return of_client if project_id is None else of_client & {project_id}


def _sees(who: Viewer, entry: TimeEntry | Expense) -> bool:
    return who.is_admin or entry.user_id == who.user.id or entry.project_id in (who.project_ids or _NONE)


def _entry(tables: Tables, request: ApiRequest, who: Viewer) -> TimeEntry:
    entry = tables.time.by_id.get(request.path_params["id"])
    if entry is None or not _sees(who, entry):
        not_found()
    return entry


def _answer(tables: Tables, who: Viewer, entry: TimeEntry, status: int = 200) -> ApiResponse:
    return ApiResponse(status, EntryPrinter(tables, rates=who.sees_rates).texts([entry])[0].encode())


def get_entry(tables: Tables, request: ApiRequest) -> ApiResponse:
    who = viewer(tables, request)
    return _answer(tables, who, _entry(tables, request, who))


def create_entry(tables: Tables, request: ApiRequest) -> ApiResponse:
    who = viewer(tables, request)
    entry = timesheets.create(tables, params.body_of(request), who.user, is_admin=who.is_admin)
    return _answer(tables, who, entry, 201)


def update_entry(tables: Tables, request: ApiRequest) -> ApiResponse:
    who = viewer(tables, request)
    entry = _entry(tables, request, who)
    timesheets.update(tables, entry, params.body_of(request), is_admin=who.is_admin)
    return _answer(tables, who, entry)


def delete_entry(tables: Tables, request: ApiRequest) -> ApiResponse:
    who = viewer(tables, request)
    entry = _entry(tables, request, who)
    answer = _answer(tables, who, entry)
    timesheets.delete(tables, entry, is_admin=who.is_admin)
    return answer


def stop_entry(tables: Tables, request: ApiRequest) -> ApiResponse:
    who = viewer(tables, request)
    entry = _entry(tables, request, who)
    timesheets.stop(tables, entry)
    return _answer(tables, who, entry)


def restart_entry(tables: Tables, request: ApiRequest) -> ApiResponse:
    who = viewer(tables, request)
    entry = _entry(tables, request, who)
    timesheets.restart(tables, entry, is_admin=who.is_admin)
    return _answer(tables, who, entry)


def remove_reference(tables: Tables, request: ApiRequest) -> ApiResponse:
    who = viewer(tables, request)
    entry = _entry(tables, request, who)
    timesheets.remove_reference(tables, entry)
    return _answer(tables, who, entry)


def list_expenses(tables: Tables, request: ApiRequest) -> ApiResponse:
    """Latest day first, paged by number."""
    who = viewer(tables, request)
    user_id, projects = params.integer(request, "user_id"), _projects(tables, request)
    from_on, to_on = params.day(request, "from"), params.day(request, "to")
    since, inclusive = params.updated_since(request), tables.switches.updated_since_inclusive
    billed, approval = params.flag(request, "is_billed"), request.param("approval_status") or None
    rows = [
        expense
        for expense in tables.expenses.values()
        if _sees(who, expense)
        and (user_id is None or expense.user_id == user_id)
        and (projects is None or expense.project_id in projects)
        and (from_on is None or expense.spent_on >= from_on)
        and (to_on is None or expense.spent_on <= to_on)
        and (since is None or expense.updated_at > since or (inclusive and expense.updated_at == since))
        and (billed is None or expense.is_billed is billed)
        and (approval is None or expense.approval_status == approval)
    ]
    rows.sort(key=lambda expense: (expense.spent_on, expense.id), reverse=True)

    def show(page: Sequence[Expense]) -> list[str]:
        return [encode(shapes.expense(tables, expense)).decode() for expense in page]

    return numbered(request, tables.switches, "expenses", rows, show)


def get_expense(tables: Tables, request: ApiRequest) -> ApiResponse:
    expense = tables.expenses.get(request.path_params["id"])
    if expense is None or not _sees(viewer(tables, request), expense):
        not_found()
    return ApiResponse(200, shapes.expense(tables, expense))


ROUTES: tuple[tuple[str, str, Handler[Tables]], ...] = (
    ("GET", "/time_entries", list_entries),
    ("POST", "/time_entries", create_entry),
    ("GET", "/time_entries/{id:int}", get_entry),
    ("PATCH", "/time_entries/{id:int}", update_entry),
    ("DELETE", "/time_entries/{id:int}", delete_entry),
    ("PATCH", "/time_entries/{id:int}/stop", stop_entry),
    ("PATCH", "/time_entries/{id:int}/restart", restart_entry),
    ("DELETE", "/time_entries/{id:int}/external_reference", remove_reference),
    ("GET", "/expenses", list_expenses),
    ("GET", "/expenses/{id:int}", get_expense),
)
