"""The front of Harvest: account header and token, rate limits, and the three dialects of its refusals.

Belongs here: what Harvest answers before it looks at a record. Must not be here: records (`sandbox/harvest`).
Source: Harvest API v2 "Authentication", "Rate limiting", "Errors".
"""

import math
import uuid

from harvest_qb_pipeline.sandbox.company import Company
from harvest_qb_pipeline.sandbox.gateways import bearer
from harvest_qb_pipeline.sandbox.harvest.routes import routes
from harvest_qb_pipeline.sandbox.http import HTML, ApiRequest, ApiResponse
from harvest_qb_pipeline.sandbox.registry import Registry

TOKEN_TEXT = "The access token provided is expired, revoked, malformed or invalid for other reasons."
NOT_FOUND_PAGE = b"""<!DOCTYPE html>
<html lang="en"><head><title>HARVEST: Can't find page</title></head>
<body><h1>Can't find page</h1><p>The page you were looking for does not exist.</p></body></html>
"""


class HarvestGateway:
    system = "harvest"
    prefix = "/harvest/v2"

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._routes = routes()

    def company_of(self, request: ApiRequest) -> Company | ApiResponse:
        """By account id, else by token, so that a wrong account is noted where somebody will look."""
        account, token = _account(request), _token(request)
        by_account = self._registry.find(lambda company: company.credentials.harvest_account_id == account)
        return by_account or self._owner(token) or unauthorised()

    def throttle(self, company: Company, request: ApiRequest) -> ApiResponse | None:
        """100 requests in 15 s; reports have 100 in 15 min of their own. 429 is empty HTML."""
        wait = company.limits.take("harvest_reports" if request.path.startswith("/reports/") else "harvest")
        if wait is None:
            return None
        headers = {"Retry-After": str(max(1, math.ceil(wait)))} if company.switches.retry_after_header else {}
        return ApiResponse(429, b"", headers, "text/html")

    def answer(self, company: Company, request: ApiRequest) -> ApiResponse:
        if not request.headers.get("user-agent"):
            return ApiResponse(400, {"message": "A User-Agent header is required."})
        token, account = _token(request), _account(request)
        owner = self._owner(token)
        if owner is None or account is None:
            return unauthorised()
        if owner.credentials.harvest_account_id != account:
            return not_found() if owner.switches.wrong_account_status == 404 else unauthorised()
        is_member = token == company.credentials.harvest_member_token
        if is_member and company.harvest.member() is None:
            return unauthorised()
        request.actor = "member" if is_member else "administrator"
        answer = self._routes.answer(company.harvest, request, request.path)
        return answer or ApiResponse(404, NOT_FOUND_PAGE, media_type=HTML)

    def headers(self, company: Company | None) -> dict[str, str]:  # noqa: ARG002
        return {"X-Request-Id": uuid.uuid4().hex, "Server": "cloudflare"}

    def _owner(self, token: str | None) -> Company | None:
        return self._registry.find(
            lambda company: token in (company.credentials.harvest_token, company.credentials.harvest_member_token)
        )


def unauthorised() -> ApiResponse:
    """Bad, missing or foreign token, and a missing account header."""
    challenge = (
        'Bearer realm="Rack::OAuth2 Protected Resources", error="invalid_token", ' + f'error_description="{TOKEN_TEXT}"'
    )
    body = {"error": "invalid_token", "error_description": TOKEN_TEXT}
    return ApiResponse(401, body, {"WWW-Authenticate": challenge}, "application/json")


def not_found() -> ApiResponse:
    """A known route without such a record."""
    return ApiResponse(404, {"status": 404, "error": "Not Found"}, media_type="application/json; charset=UTF-8")


def _account(request: ApiRequest) -> str | None:
    return request.headers.get("harvest-account-id") or request.param("account_id")


def _token(request: ApiRequest) -> str | None:
    return bearer(request) or request.param("access_token")
