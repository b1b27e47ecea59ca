"""A person at the screens of Harvest or QuickBooks: the part of the control API that reads and changes books.

Belongs here: passing such acts on to the books of the product. Must not be here: what the act does.
"""

from typing import Protocol

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.company import Company
from harvest_qb_pipeline.sandbox.http import ApiRequest, ApiResponse


class Books(Protocol):
    """What the books of each product offer to a person. Unknown collections and ids raise `LookupError`."""

    def collections(self) -> list[str]: ...

    def dump(self, collection: str) -> list[JsonObject]: ...

    def ui_create(self, collection: str, body: JsonObject) -> JsonObject: ...

    def ui_update(self, collection: str, record_id: str, body: JsonObject) -> JsonObject: ...

    def ui_delete(self, collection: str, record_id: str) -> JsonObject | None: ...


def books_of(company: Company, product: str) -> Books:
    """The books of `harvest` or `quickbooks`. Raises `LookupError` for another product."""
    if product not in ("harvest", "quickbooks"):
        raise LookupError(f"A company has books in harvest and quickbooks, not in {product!r}.")
    return company.harvest if product == "harvest" else company.quickbooks


def dump(company: Company, request: ApiRequest) -> ApiResponse:
    """All records of a collection as a plain list, or the one of the id in the path."""
    books, collection = _place(company, request)
    records = books.dump(collection)
    if (wanted := request.path_params.get("record_id")) is None:
        return ApiResponse(200, records)
    found = [record for record in records if str(record.get("id", record.get("Id"))) == wanted]
    if not found:
        raise LookupError(f"{collection} has no record {wanted!r}.")
    return ApiResponse(200, found[0])


def act(company: Company, request: ApiRequest) -> ApiResponse:
    """Create, change or delete a record as a person would; answers the record."""
    books, collection = _place(company, request)
    record_id = request.path_params.get("record_id")
    body = request.json() if request.body else {}
    if not isinstance(body, dict):
        raise ValueError("The body must be a JSON object.")
    if request.method == "POST":
        return ApiResponse(201, books.ui_create(collection, body))
    if request.method == "PATCH":
        return ApiResponse(200, books.ui_update(collection, str(record_id), body))
    return ApiResponse(200, books.ui_delete(collection, str(record_id)) or {"id": record_id, "deleted": True})


def _place(company: Company, request: ApiRequest) -> tuple[Books, str]:
    books, collection = books_of(company, request.path_params["product"]), request.path_params["collection"]
    if collection not in books.collections():
        product = request.path_params["product"]
        raise LookupError(f"{product} has no {collection!r}; it has {', '.join(sorted(books.collections()))}.")
    return books, collection
