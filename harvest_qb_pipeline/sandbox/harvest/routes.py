"""The paths of Harvest's API and their handlers: who may call, which records, what answer.

Belongs here: HTTP in, HTTP out. Must not be here: rules (the modules beside this one), authentication, rate limits and
unknown paths (the server's gateway).
"""

from collections.abc import Callable, Iterator
from typing import Any

from harvest_qb_pipeline.sandbox.harvest import invoiceroutes as invoices
from harvest_qb_pipeline.sandbox.harvest import lists, params, rating, reports, shapes, timeroutes
from harvest_qb_pipeline.sandbox.harvest.errors import not_found
from harvest_qb_pipeline.sandbox.harvest.lists import RESOURCES, Resource
from harvest_qb_pipeline.sandbox.harvest.paging import by_cursor, numbered
from harvest_qb_pipeline.sandbox.harvest.tables import Tables
from harvest_qb_pipeline.sandbox.harvest.visibility import viewer
from harvest_qb_pipeline.sandbox.http import ApiRequest, ApiResponse, encode
from harvest_qb_pipeline.sandbox.routing import Handler, Routes

Handled = tuple[str, str, Handler[Tables]]
"""Method, path and handler."""


def routes() -> Routes[Tables]:
    """All routes, relative to the API's prefix."""
    own: list[Handled] = [
        ("GET", "/company", _company),
        ("PATCH", "/company", _update_company),
        ("GET", "/users/me", _me),
        ("GET", "/users/{user_id:int}/billable_rates", _rates),
        ("POST", "/users/{user_id:int}/billable_rates", _create_rate),
        ("GET", "/users/{user_id:int}/billable_rates/{id:int}", _rate),
        ("GET", "/reports/uninvoiced", _uninvoiced),
    ]
    listed = [handled for resource in RESOURCES for handled in _of(resource)]
    return Routes([*own, *timeroutes.ROUTES, *invoices.ROUTES, *listed])


def _of(resource: Resource) -> Iterator[Handled]:
    """The routes of one list."""
    one_path = f"{resource.write_path}/{{id:int}}"
    for path in resource.paths:
        yield "GET", path, _on(resource, lists.answer_list)
    if resource.create is not None:
        yield "POST", resource.write_path, _on(resource, lists.answer_create)
    yield "GET", one_path, _on(resource, lists.answer_one)
    if resource.update is not None:
        yield "PATCH", one_path, _on(resource, lists.answer_update)
    if resource.delete is not None:
        yield "DELETE", one_path, _on(resource, lists.answer_delete)


def _on(resource: Resource, answer: Callable[[Tables, ApiRequest, Resource], ApiResponse]) -> Handler[Tables]:
    def bound(tables: Tables, request: ApiRequest) -> ApiResponse:
        return answer(tables, request, resource)

    return bound


def _company(tables: Tables, request: ApiRequest) -> ApiResponse:
    viewer(tables, request)
    return ApiResponse(200, shapes.company(tables))


def _update_company(tables: Tables, request: ApiRequest) -> ApiResponse:
    """Only the two settings the API can write; others are ignored."""
    viewer(tables, request).need()
    body = params.body_of(request)
    timers, capacity = body.flag("wants_timestamp_timers"), body.integer("weekly_capacity")
    body.check()
    if timers is not None:
        tables.account.wants_timestamp_timers = timers
    if capacity is not None:
        tables.account.weekly_capacity = capacity
    return ApiResponse(200, shapes.company(tables))


def _me(tables: Tables, request: ApiRequest) -> ApiResponse:
    who = viewer(tables, request)
    return ApiResponse(200, who.trimmed(shapes.user(tables, who.user)))


def _rates(tables: Tables, request: ApiRequest) -> ApiResponse:
    viewer(tables, request).need("billable_rates_manager")
    user_id = request.path_params["user_id"]
    if user_id not in tables.users:
        not_found()

    def show(rows: Any) -> list[str]:
        return [encode(shapes.billable_rate(tables, rate)).decode() for rate in rows]

    def place(rate: Any) -> list[Any]:
        return [shapes.maybe_day(rate.start_on) or "", rate.id]

    return by_cursor(request, tables.switches, "billable_rates", tables.rates_of.get(user_id, []), place, show)


def _rate(tables: Tables, request: ApiRequest) -> ApiResponse:
    viewer(tables, request).need("billable_rates_manager")
    rate = tables.billable_rates.get(request.path_params["id"])
    if rate is None or rate.user_id != request.path_params["user_id"]:
        not_found()
    return ApiResponse(200, shapes.billable_rate(tables, rate))


def _create_rate(tables: Tables, request: ApiRequest) -> ApiResponse:
    viewer(tables, request).need("billable_rates_manager")
    if request.path_params["user_id"] not in tables.users:
        not_found()
    fields = {**params.body_of(request).fields, "user_id": request.path_params["user_id"]}
    return ApiResponse(201, shapes.billable_rate(tables, rating.create_rate(tables, fields)))


def _uninvoiced(tables: Tables, request: ApiRequest) -> ApiResponse:
    viewer(tables, request).need()
    from_on, to_on = reports.span(request)
    include = params.flag(request, "include_fixed_fee") is not False
    rows = reports.uninvoiced(tables, from_on, to_on, include_fixed_fee=include)

    def show(page: Any) -> list[str]:
        return [encode(row).decode() for row in page]

    return numbered(request, tables.switches, "results", rows, show)
