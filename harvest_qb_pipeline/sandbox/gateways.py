"""What stands before the handlers of a product: whose request it is, and whether it may pass.

Belongs here: what the gateways of all three products share. Must not be here: sockets, faults (the server), and the
error dialects of one product (`harvest_gateway`, `quickbooks_gateway`).
"""

from typing import Protocol

from harvest_qb_pipeline.sandbox.company import Company
from harvest_qb_pipeline.sandbox.http import ApiRequest, ApiResponse

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


def bearer(request: ApiRequest) -> str | None:
    """The bearer token of a request, None when there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None
