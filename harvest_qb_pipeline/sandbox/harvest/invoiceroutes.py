"""Handlers of invoices and their messages.

Belongs here: HTTP in, HTTP out. Must not be here: rules of invoices (`invoicing`, `importing`), shapes.
While the account's invoice module is off, every request here is refused (switch `invoices_off_status`).
"""

from collections.abc import Sequence

from harvest_qb_pipeline.sandbox.harvest import invoicing, params, shapes
from harvest_qb_pipeline.sandbox.harvest.errors import not_authorized, not_found
from harvest_qb_pipeline.sandbox.harvest.paging import by_cursor, numbered
from harvest_qb_pipeline.sandbox.harvest.records import Invoice, InvoiceMessage
from harvest_qb_pipeline.sandbox.harvest.tables import Tables
from harvest_qb_pipeline.sandbox.harvest.visibility import Viewer, viewer
from harvest_qb_pipeline.sandbox.http import ApiRequest, ApiResponse, encode
from harvest_qb_pipeline.sandbox.routing import Handler

_MANAGERS = ("managed_projects_invoice_drafter", "managed_projects_invoice_manager")


def _admitted(tables: Tables, request: ApiRequest) -> Viewer:
    if not tables.account.invoice_feature:
        if tables.switches.invoices_off_status == 404:
            not_found()
        not_authorized()
    who = viewer(tables, request)
    who.need(*(_MANAGERS if request.method == "GET" else _MANAGERS[1:]))
    return who


def _sees(who: Viewer, invoice: Invoice) -> bool:
    return who.project_ids is None or any(line.project_id in who.project_ids for line in invoice.lines)


def _invoice(tables: Tables, request: ApiRequest, who: Viewer) -> Invoice:
    invoice = tables.invoices.get(request.path_params["id"])
    if invoice is None or not _sees(who, invoice):
        not_found()
    return invoice


def list_invoices(tables: Tables, request: ApiRequest) -> ApiResponse:
    """Latest issue date first, paged by number."""
    who = _admitted(tables, request)
    client_id, project_id = params.integer(request, "client_id"), params.integer(request, "project_id")
    from_on, to_on = params.day(request, "from"), params.day(request, "to")
    since, inclusive = params.updated_since(request), tables.switches.updated_since_inclusive
    state = request.param("state") or None
    rows = [
        invoice
        for invoice in tables.invoices.values()
        if _sees(who, invoice)
        and (client_id is None or invoice.client_id == client_id)
        and (project_id is None or any(line.project_id == project_id for line in invoice.lines))
        and (from_on is None or invoice.issue_on >= from_on)
        and (to_on is None or invoice.issue_on <= to_on)
        and (since is None or invoice.updated_at > since or (inclusive and invoice.updated_at == since))
        and (state is None or invoice.state == state)
    ]
    rows.sort(key=lambda invoice: (invoice.issue_on, invoice.id), reverse=True)

    def show(page: Sequence[Invoice]) -> list[str]:
        return [encode(shapes.invoice(tables, invoice)).decode() for invoice in page]

    return numbered(request, tables.switches, "invoices", rows, show)


def get_invoice(tables: Tables, request: ApiRequest) -> ApiResponse:
    who = _admitted(tables, request)
    return ApiResponse(200, shapes.invoice(tables, _invoice(tables, request, who)))


def create_invoice(tables: Tables, request: ApiRequest) -> ApiResponse:
    who = _admitted(tables, request)
    invoice = invoicing.create(tables, dict(params.body_of(request).fields), who.user)
    return ApiResponse(201, shapes.invoice(tables, invoice))


def update_invoice(tables: Tables, request: ApiRequest) -> ApiResponse:
    who = _admitted(tables, request)
    invoice = _invoice(tables, request, who)
    invoicing.update(tables, invoice, dict(params.body_of(request).fields))
    return ApiResponse(200, shapes.invoice(tables, invoice))


def delete_invoice(tables: Tables, request: ApiRequest) -> ApiResponse:
    who = _admitted(tables, request)
    invoice = _invoice(tables, request, who)
    shown = shapes.invoice(tables, invoice)
    invoicing.delete(tables, invoice)
    return ApiResponse(200, shown)


def list_messages(tables: Tables, request: ApiRequest) -> ApiResponse:
    """Newest first, by cursor."""
    who = _admitted(tables, request)
    invoice = _invoice(tables, request, who)
    since, inclusive = params.updated_since(request), tables.switches.updated_since_inclusive
    rows = [
        message
        for message in tables.messages_of(invoice.id)
        if since is None or message.updated_at > since or (inclusive and message.updated_at == since)
    ]
    rows.sort(key=_newest_first)

    def show(page: Sequence[InvoiceMessage]) -> list[str]:
        return [encode(shapes.invoice_message(tables, message)).decode() for message in page]

    return by_cursor(request, tables.switches, "invoice_messages", rows, _newest_first, show)


def create_message(tables: Tables, request: ApiRequest) -> ApiResponse:
    who = _admitted(tables, request)
    invoice = _invoice(tables, request, who)
    message = invoicing.post_message(tables, invoice, dict(params.body_of(request).fields), who.user)
    return ApiResponse(201, shapes.invoice_message(tables, message))


def _newest_first(message: InvoiceMessage) -> list[int]:
    return [-message.created_at, -message.id]


ROUTES: tuple[tuple[str, str, Handler[Tables]], ...] = (
    ("GET", "/invoices", list_invoices),
    ("POST", "/invoices", create_invoice),
    ("GET", "/invoices/{id:int}", get_invoice),
    ("PATCH", "/invoices/{id:int}", update_invoice),
    ("DELETE", "/invoices/{id:int}", delete_invoice),
    ("GET", "/invoices/{id:int}/messages", list_messages),
    ("POST", "/invoices/{id:int}/messages", create_message),
)
