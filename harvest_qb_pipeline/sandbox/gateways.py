"""What stands before the handlers of a product: whose request it is, whether it may pass, and which handler answers.

Belongs here: the gateway all three products share. Must not be here: sockets, faults (the server), and the error
dialects of one product (`harvest_gateway`, `quickbooks_gateway`).
"""

from collections.abc import Sequence
from typing import Protocol

from starlette.routing import Match, Route

from harvest_qb_pipeline.sandbox.company import Company
from harvest_qb_pipeline.sandbox.http import ApiError, ApiRequest, ApiResponse, Handler

READING = {"GET", "HEAD"}


class Gateway(Protocol):
    """The front of one product. `prefix` is where its paths begin, `system` its name in the list of calls."""

    system: str
    prefix: str

    def company_of(self, request: ApiRequest) -> Company | ApiResponse:
        """The company a request belongs to, or the answer to one that belongs to none."""
        ...

    def throttle(self, company: Company, request: ApiRequest) -> ApiResponse | None:
        """The refusal of a request over the limit; None counts it."""
        ...

    def answer(self, company: Company, request: ApiRequest) -> ApiResponse:
        """Authenticate and carry out, under the company's lock."""
        ...

    def headers(self, company: Company | None) -> dict[str, str]:
        """Headers every answer of the product carries."""
        ...


def dispatch(company: Company, request: ApiRequest, routes: Sequence[Route], path: str) -> ApiResponse | None:
    """The answer of the handler whose route matches `path` and method; None when no route does."""
    scope = {"type": "http", "method": request.method, "path": path, "root_path": ""}
    for candidate in routes:
        match, child = candidate.matches(scope)
        if match is Match.FULL:
            handler: Handler = candidate.endpoint
            request.path, request.path_params = path, child["path_params"]
            try:
                return handler(company, request)
            except ApiError as error:
                return error.response
    return None


def bearer(request: ApiRequest) -> str | None:
    """The bearer token of a request, None when there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None
