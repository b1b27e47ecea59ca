"""The ordinary lists of Harvest (clients, projects, people …) as one table: path, order, filters, shape and writers.

Belongs here: reading and writing any such list over HTTP. Must not be here: rules of one list (`catalog`, `staffing`),
time entries and invoices, which have their own modules.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.harvest import catalog, params, shapes, staffing
from harvest_qb_pipeline.sandbox.harvest.errors import not_found
from harvest_qb_pipeline.sandbox.harvest.paging import by_cursor, numbered
from harvest_qb_pipeline.sandbox.harvest.tables import Tables
from harvest_qb_pipeline.sandbox.harvest.visibility import Viewer, viewer
from harvest_qb_pipeline.sandbox.http import ApiRequest, ApiResponse, encode

Filter = Literal["is_active", "client_id", "user_id"]


@dataclass(frozen=True)
class Resource:
    """One list. `paths[0]` is paged by cursor; a second path belongs to a project and is paged by number.

    Administrators may do everything; of others, those with one of `roles` may read, with one of `writers` write, and
    with one of `creators` create. `sees` says which records they find then.
    """

    key: str
    paths: tuple[str, ...]
    show: Callable[[Tables, Any], JsonObject]
    filters: tuple[Filter, ...] = ()
    roles: tuple[str, ...] = ()
    create: Callable[[Tables, JsonObject], Any] | None = None
    update: Callable[[Tables, Any, JsonObject], None] | None = None
    delete: Callable[[Tables, Any], None] | None = None
    sees: Callable[[Viewer, Any], bool] | None = None
    writers: tuple[str, ...] = ()
    creators: tuple[str, ...] = ()

    @property
    def write_path(self) -> str:
        """Where single records are read and written."""
        return self.paths[-1]


def answer_list(tables: Tables, request: ApiRequest, resource: Resource) -> ApiResponse:
    """A page of the list, newest first."""
    who = _viewer(tables, request, resource)
    project_id = _project_id(tables, request)
    since = params.updated_since(request)
    tests = _tests(request, resource)
    inclusive = tables.switches.updated_since_inclusive
    rows = [
        record
        for record in getattr(tables, resource.key).values()
        if (project_id is None or record.project_id == project_id)
        and (since is None or record.updated_at > since or (inclusive and record.updated_at == since))
        and all(test(record) for test in tests)
        and (who.is_admin or resource.sees is None or resource.sees(who, record))
    ]
    rows.sort(key=_newest_first)

    def show(page: Sequence[Any]) -> list[str]:
        return [encode(who.trimmed(resource.show(tables, record))).decode() for record in page]

    if project_id is not None:
        return numbered(request, tables.switches, resource.key, rows, show)
    return by_cursor(request, tables.switches, resource.key, rows, _newest_first, show)


def answer_one(tables: Tables, request: ApiRequest, resource: Resource) -> ApiResponse:
    """One record."""
    who = _viewer(tables, request, resource)
    return ApiResponse(200, who.trimmed(resource.show(tables, _record(tables, request, resource, who))))


def answer_create(tables: Tables, request: ApiRequest, resource: Resource) -> ApiResponse:
    """201 with the new record. A new project has whoever asked for it as its manager."""
    who = _viewer(tables, request, resource)
    project_id = _project_id(tables, request)
    if project_id is not None and not who.is_admin and project_id not in (who.project_ids or ()):
        not_found()
    fields = dict(params.body_of(request).fields)
    if project_id is not None:
        fields["project_id"] = project_id
    assert resource.create is not None  # noqa: S101 (routed only where there is one)
    if resource.key == "projects":
        return ApiResponse(201, who.trimmed(resource.show(tables, staffing.create_project(tables, fields, who.user))))
    return ApiResponse(201, who.trimmed(resource.show(tables, resource.create(tables, fields))))


def answer_update(tables: Tables, request: ApiRequest, resource: Resource) -> ApiResponse:
    """The record after the change; absent keys stay as they were."""
    who = _viewer(tables, request, resource)
    record = _record(tables, request, resource, who)
    assert resource.update is not None  # noqa: S101 (routed only where there is one)
    resource.update(tables, record, dict(params.body_of(request).fields))
    return ApiResponse(200, who.trimmed(resource.show(tables, record)))


def answer_delete(tables: Tables, request: ApiRequest, resource: Resource) -> ApiResponse:
    """200 with the record that is no more."""
    who = _viewer(tables, request, resource)
    record = _record(tables, request, resource, who)
    shown = who.trimmed(resource.show(tables, record))
    assert resource.delete is not None  # noqa: S101 (routed only where there is one)
    resource.delete(tables, record)
    return ApiResponse(200, {**shown, "is_active": False} if resource.key == "projects" else shown)


def _viewer(tables: Tables, request: ApiRequest, resource: Resource) -> Viewer:
    who = viewer(tables, request)
    who.need(*{"GET": resource.roles, "POST": resource.creators}.get(request.method, resource.writers))
    return who


def _project_id(tables: Tables, request: ApiRequest) -> int | None:
    project_id = request.path_params.get("project_id")
    if project_id is not None and project_id not in tables.projects:
        not_found()
    return project_id


def _record(tables: Tables, request: ApiRequest, resource: Resource, who: Viewer) -> Any:
    record = getattr(tables, resource.key).get(request.path_params["id"])
    project_id = _project_id(tables, request)
    if record is None or (project_id is not None and record.project_id != project_id):
        not_found()
    if not who.is_admin and resource.sees is not None and not resource.sees(who, record):
        not_found()
    return record


def _newest_first(record: Any) -> list[int]:
    return [-record.created_at, -record.id]


def _tests(request: ApiRequest, resource: Resource) -> list[Callable[[Any], bool]]:
    tests: list[Callable[[Any], bool]] = []
    if "is_active" in resource.filters and (active := params.flag(request, "is_active")) is not None:
        tests.append(lambda record: record.is_active is active)
    if "client_id" in resource.filters and (client_id := params.integer(request, "client_id")) is not None:
        tests.append(lambda record: record.client_id == client_id)
    if "user_id" in resource.filters and (user_id := params.integer(request, "user_id")) is not None:
        tests.append(lambda record: record.user_id == user_id)
    return tests


def _manages(who: Viewer, record: Any) -> bool:
    """Projects and assignments of the projects that a manager manages."""
    project_id = record.project_id if hasattr(record, "project_id") else record.id
    return who.project_ids is not None and project_id in who.project_ids


def _is_self(who: Viewer, record: Any) -> bool:
    return record.id == who.user.id


_PROJECT_PATHS = "/projects/{project_id:int}"
RESOURCES = (
    Resource(
        "clients",
        ("/clients",),
        shapes.client,
        ("is_active",),
        ("client_and_task_manager",),
        catalog.create_client,
        catalog.update_client,
        catalog.delete_client,
        writers=("client_and_task_manager",),
        creators=("client_and_task_manager",),
    ),
    Resource(
        "contacts",
        ("/contacts",),
        shapes.contact,
        ("client_id",),
        ("client_and_task_manager",),
        catalog.create_contact,
        catalog.update_contact,
        catalog.delete_contact,
        writers=("client_and_task_manager",),
        creators=("client_and_task_manager",),
    ),
    Resource(
        "projects",
        ("/projects",),
        shapes.project,
        ("is_active", "client_id"),
        ("manager",),
        staffing.create_project,
        staffing.update_project,
        staffing.delete_project,
        sees=_manages,
        writers=("manager",),
        creators=("project_creator",),
    ),
    Resource(
        "tasks",
        ("/tasks",),
        shapes.task,
        ("is_active",),
        ("manager", "client_and_task_manager"),
        catalog.create_task,
        catalog.update_task,
        catalog.delete_task,
        writers=("client_and_task_manager",),
        creators=("client_and_task_manager",),
    ),
    Resource(
        "task_assignments",
        ("/task_assignments", f"{_PROJECT_PATHS}/task_assignments"),
        shapes.task_assignment,
        ("is_active",),
        ("manager",),
        staffing.create_task_assignment,
        staffing.update_task_assignment,
        staffing.delete_task_assignment,
        sees=_manages,
        writers=("manager",),
        creators=("manager",),
    ),
    Resource(
        "user_assignments",
        ("/user_assignments", f"{_PROJECT_PATHS}/user_assignments"),
        shapes.user_assignment,
        ("is_active", "user_id"),
        ("manager",),
        staffing.create_user_assignment,
        staffing.update_user_assignment,
        staffing.delete_user_assignment,
        sees=_manages,
        writers=("manager",),
        creators=("manager",),
    ),
    Resource(
        "users",
        ("/users",),
        shapes.user,
        ("is_active",),
        ("manager",),
        catalog.create_user,
        catalog.update_user,
        catalog.delete_user,
        sees=_is_self,
    ),
    Resource("expense_categories", ("/expense_categories",), shapes.expense_category, ("is_active",)),
    Resource("invoice_item_categories", ("/invoice_item_categories",), shapes.invoice_item_category),
)
