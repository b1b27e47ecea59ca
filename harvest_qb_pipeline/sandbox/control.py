"""The control API under `/sandbox`: making companies, looking into them, acting as a user would, and arming faults.

Belongs here: what people and tests do to the sandbox that no client of Harvest or QuickBooks could. Must not be here:
what such an act does (the books know), and carrying out faults (the server does).
"""

import logging
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import TypeAlias

from starlette.routing import Match, Route

from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.sandbox.clock import NOON_HOUR_UTC
from harvest_qb_pipeline.sandbox.company import Company
from harvest_qb_pipeline.sandbox.http import ApiError, ApiRequest, ApiResponse
from harvest_qb_pipeline.sandbox.limits import Limits
from harvest_qb_pipeline.sandbox.registry import CompanyWish, Registry, describe
from harvest_qb_pipeline.sandbox.switches import describe as describe_switches
from harvest_qb_pipeline.sandbox.userinterface import Books, act, books_of, dump

log = logging.getLogger(__name__)

CompanyAction: TypeAlias = Callable[[Company, ApiRequest], ApiResponse]
COMPANY = "/companies/{company_id}"


class Control:
    """Answers a request to the control API. `path` of the request is below `/sandbox`."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        own: list[tuple[str, str, Callable[[ApiRequest], ApiResponse]]] = [
            ("GET", "/", self._about),
            ("GET", "/switches", _all_switches),
            ("GET", "/companies", self._list),
            ("POST", "/companies", self._create),
            ("DELETE", COMPANY, self._delete),
        ]
        ofa: list[tuple[str, str, CompanyAction]] = [
            ("GET", COMPANY, _show),
            ("PATCH", COMPANY, _change),
            ("GET", f"{COMPANY}/calls", _calls),
            ("DELETE", f"{COMPANY}/calls", _clear_calls),
            ("GET", f"{COMPANY}/faults", _faults),
            ("POST", f"{COMPANY}/faults", _arm),
            ("DELETE", f"{COMPANY}/faults", _clear_faults),
            ("DELETE", f"{COMPANY}/faults/{{fault_id}}", _disarm),
            ("GET", f"{COMPANY}/clock", _clock),
            ("POST", f"{COMPANY}/clock", _move_clock),
            ("GET", f"{COMPANY}/switches", _switches),
            ("PATCH", f"{COMPANY}/switches", _set_switches),
            ("POST", f"{COMPANY}/connection", _connection),
            ("GET", f"{COMPANY}/{{product}}", _collections),
            ("GET", f"{COMPANY}/{{product}}/{{collection}}", dump),
            ("GET", f"{COMPANY}/{{product}}/{{collection}}/{{record_id:path}}", dump),
            ("POST", f"{COMPANY}/{{product}}/{{collection}}", act),
            ("PATCH", f"{COMPANY}/{{product}}/{{collection}}/{{record_id:path}}", act),
            ("DELETE", f"{COMPANY}/{{product}}/{{collection}}/{{record_id:path}}", act),
        ]
        self._routes = [Route(path, handler, methods=[method]) for method, path, handler in own]
        self._routes += [Route(path, self._within(action), methods=[method]) for method, path, action in ofa]

    def answer(self, request: ApiRequest) -> ApiResponse:
        """The answer to a request; a wrong one is 400, 404 or 405 with a sentence in `message`."""
        scope = {"type": "http", "method": request.method, "path": request.path, "root_path": ""}
        is_known = False
        for candidate in self._routes:
            match, child = candidate.matches(scope)
            is_known = is_known or match is Match.PARTIAL
            if match is Match.FULL:
                request.path_params = child["path_params"]
                return _guarded(candidate.endpoint, request)
        status = 405 if is_known else 404
        return _problem(status, f"The control API has no {request.method} /sandbox{request.path}.")

    def _within(self, action: CompanyAction) -> Callable[[ApiRequest], ApiResponse]:
        """The action on the company named in the path, carried out under its lock, its answer already printed."""

        def handle(request: ApiRequest) -> ApiResponse:
            company = self._registry.get(request.path_params["company_id"])
            if company is None:
                return _problem(404, f"There is no company {request.path_params['company_id']!r}.")
            with company.lock:
                answer = action(company, request)
                answer.body = answer.content()
                if request.method != "GET":
                    company.changed()
            return answer

        return handle

    def _about(self, request: ApiRequest) -> ApiResponse:
        return ApiResponse(200, {"companies": len(self._registry.list()), "url": _url(request)})

    def _list(self, request: ApiRequest) -> ApiResponse:
        return ApiResponse(200, [describe(company, _url(request)) for company in self._registry.list()])

    def _create(self, request: ApiRequest) -> ApiResponse:
        company = self._registry.create(CompanyWish.read(_object(request)))
        return ApiResponse(201, describe(company, _url(request)))

    def _delete(self, request: ApiRequest) -> ApiResponse:
        company_id = request.path_params["company_id"]
        if self._registry.remove(company_id) is None:
            return _problem(404, f"There is no company {company_id!r}.")
        return ApiResponse(200, {"id": company_id, "deleted": True})


def _guarded(handle: Callable[[ApiRequest], ApiResponse], request: ApiRequest) -> ApiResponse:
    try:
        return handle(request)
    except ApiError as error:
        return error.response
    except LookupError as error:
        return _problem(404, str(error.args[0]) if error.args else "There is no such record.")
    except (ValueError, TypeError) as error:
        log.info("The control API refused %s %s", request.method, request.path, exc_info=error)
        return _problem(400, str(error))
    except Exception as error:
        log.exception("The control API failed on %s %s", request.method, request.path)
        return _problem(500, f"{type(error).__name__}: {error}")


def _all_switches(_: ApiRequest) -> ApiResponse:
    return ApiResponse(200, describe_switches())


def _show(company: Company, request: ApiRequest) -> ApiResponse:
    return ApiResponse(200, describe(company, _url(request)))


def _change(company: Company, request: ApiRequest) -> ApiResponse:
    """New `rate_limits` (counting starts anew) or `timezone`."""
    body = _object(request)
    if unknown := set(body) - {"rate_limits", "timezone"}:
        raise ValueError(
            f"Of a company rate_limits and timezone can be changed here, not {', '.join(sorted(unknown))}."
        )
    if "rate_limits" in body:
        company.limits = Limits.from_option(body["rate_limits"])
    company.timezone = body.get("timezone", company.timezone)
    return _show(company, request)


def _calls(company: Company, request: ApiRequest) -> ApiResponse:
    """The calls served, oldest first; `system`, `method`, `status` and `path` (its end) narrow them."""
    wanted = dict(request.params)
    path = wanted.pop("path", "")
    if unknown := set(wanted) - {"system", "method", "status"}:
        raise ValueError(f"Calls can be narrowed by system, method, status and path, not {', '.join(sorted(unknown))}.")
    calls = [call for call in company.calls.list() if call["path"].endswith(path)]
    for name, value in wanted.items():
        calls = [call for call in calls if str(call[name]).lower() == value.lower()]
    return ApiResponse(200, calls)


def _clear_calls(company: Company, _: ApiRequest) -> ApiResponse:
    company.calls.clear()
    return ApiResponse(200, [])


def _faults(company: Company, _: ApiRequest) -> ApiResponse:
    return ApiResponse(200, company.faults.list())


def _arm(company: Company, request: ApiRequest) -> ApiResponse:
    return ApiResponse(201, vars(company.faults.arm(_object(request))))


def _clear_faults(company: Company, _: ApiRequest) -> ApiResponse:
    company.faults.clear()
    return ApiResponse(200, [])


def _disarm(company: Company, request: ApiRequest) -> ApiResponse:
    if not company.faults.remove(request.path_params["fault_id"]):
        raise LookupError(f"No fault {request.path_params['fault_id']!r} is armed.")
    return ApiResponse(200, company.faults.list())


def _clock(company: Company, _: ApiRequest) -> ApiResponse:
    clock = company.clock
    shown = {"now": clock.now().isoformat(), "today": clock.today(company.timezone).isoformat()}
    return ApiResponse(200, {**shown, "frozen": clock.frozen_at is not None})


def _move_clock(company: Company, request: ApiRequest) -> ApiResponse:
    """`set` (a moment or a day), then `days`, `hours`, `minutes`, `seconds` forward, then `frozen` true or false."""
    body = _object(request)
    units = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
    allowed = ["set", *units, "frozen"]
    if not body or set(body) - set(allowed):
        raise ValueError(f"The clock takes {', '.join(allowed)}, not {', '.join(sorted(body)) or 'nothing'}.")
    if "set" in body:
        company.clock.set(_moment(body["set"]))
    company.clock.advance(sum(float(body.get(unit, 0)) * seconds for unit, seconds in units.items()))
    if "frozen" in body:
        (company.clock.freeze if body["frozen"] else company.clock.unfreeze)()
    return _clock(company, request)


def _switches(company: Company, _: ApiRequest) -> ApiResponse:
    return ApiResponse(200, company.switches.to_state())


def _set_switches(company: Company, request: ApiRequest) -> ApiResponse:
    company.switches.update(_object(request))
    return _switches(company, request)


def _connection(company: Company, request: ApiRequest) -> ApiResponse:
    """`{"action": "expire"}` ends every access token; `"reconnect"` begins a new chain of refresh tokens."""
    action = _object(request).get("action")
    if action == "expire":
        company.tokens.expire_access()
    elif action == "reconnect":
        company.tokens.reconnect()
    else:
        raise ValueError(f"action is expire or reconnect, not {action!r}.")
    return _show(company, request)


def _collections(company: Company, request: ApiRequest) -> ApiResponse:
    books: Books = books_of(company, request.path_params["product"])
    return ApiResponse(200, books.collections())


def _moment(text: str) -> datetime:
    """A moment; a bare day means 17:00 UTC of it, a time without a zone is UTC."""
    if len(text) == len("2026-10-31"):
        return datetime.combine(date.fromisoformat(text), time(NOON_HOUR_UTC), UTC)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _object(request: ApiRequest) -> JsonObject:
    value: Json = request.json() if request.body else {}
    if not isinstance(value, dict):
        raise ValueError("The body must be a JSON object.")
    return value


def _url(request: ApiRequest) -> str:
    return request.base_url.removesuffix("/sandbox")


def _problem(status: int, message: str) -> ApiResponse:
    return ApiResponse(status, {"message": message})
