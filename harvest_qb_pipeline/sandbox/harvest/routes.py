"""The paths of Harvest's API and their handlers: who may call, which records, what answer.

Belongs here: HTTP in, HTTP out. Must not be here: rules (the modules beside this one), authentication, rate limits and
unknown paths (the server's gateway).
"""

from collections.abc import Callable
from typing import Any

from starlette.routing import Route

from harvest_qb_pipeline.sandbox.company import Company
from harvest_qb_pipeline.sandbox.harvest import invoiceroutes as invoices
from harvest_qb_pipeline.sandbox.harvest import lists, params, rating, reports, shapes, timeroutes
from harvest_qb_pipeline.sandbox.harvest.errors import not_found
from harvest_qb_pipeline.sandbox.harvest.lists import RESOURCES, Resource
from harvest_qb_pipeline.sandbox.harvest.paging import by_cursor, numbered
from harvest_qb_pipeline.sandbox.harvest.tables import Tables
from harvest_qb_pipeline.sandbox.harvest.visibility import viewer
from harvest_qb_pipeline.sandbox.http import ApiRequest, ApiResponse, encode, route

Act = Callable[[Tables, ApiRequest], ApiResponse]


def routes() -> list[Route]:
    """All routes, relative to the API's prefix. Of two that fit, the first is taken."""
    found = [
        _route("/company", _company),
        _route("/company", _update_company, "PATCH"),
        _route("/users/me", _me),
        _route("/users/{user_id:int}/billable_rates", _rates),
        _route("/users/{user_id:int}/billable_rates", _create_rate, "POST"),
        _route("/users/{user_id:int}/billable_rates/{id:int}", _rate),
        _route("/reports/uninvoiced", _uninvoiced),
    ]
    found += [_route(path, act, method) for method, path, act in (*timeroutes.ROUTES, *invoices.ROUTES)]
    for resource in RESOURCES:
        for path in resource.paths:
            found.append(_route(path, _on(resource, lists.answer_list)))
        if resource.create is not None:
            found.append(_route(resource.write_path, _on(resource, lists.answer_create), "POST"))
        found.append(_route(f"{resource.write_path}/{{id:int}}", _on(resource, lists.answer_one)))
        if resource.update is not None:
            found.append(_route(f"{resource.write_path}/{{id:int}}", _on(resource, lists.answer_update), "PATCH"))
        if resource.delete is not None:
            found.append(_route(f"{resource.write_path}/{{id:int}}", _on(resource, lists.answer_delete), "DELETE"))
    return found


def _route(path: str, act: Act, *methods: str) -> Route:
    def handler(company: Company, request: ApiRequest) -> ApiResponse:
        return act(company.harvest, request)

    return route(path, handler, *methods)


def _on(resource: Resource, act: Callable[[Tables, ApiRequest, Resource], ApiResponse]) -> Act:
    def bound(tables: Tables, request: ApiRequest) -> ApiResponse:
        return act(tables, request, resource)

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
