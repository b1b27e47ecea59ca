"""Invoices that QuickBooks refused while their twins stand, naming what policy and links say now.

Belongs here: which references follow. Must not be here: when that is allowed (`ledger.redrawing`).
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass

import duckdb

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.warehouse.database import query_rows


@dataclass(frozen=True)
class NewReferences:
    """What an invoice would name now; None where that is not settled, so that it stays. Lines by number."""

    customer_id: str | None
    term_id: str | None
    items: Mapping[int, tuple[str, str | None]]


def read_redrawn(con: duckdb.DuckDBPyConnection) -> dict[str, JsonObject]:
    """Payload of each refused invoice, by its key, as it would be drawn now."""
    lines: dict[str, dict[int, tuple[str, str | None]]] = {}
    for row in query_rows(con, "SELECT * FROM billing.stopped_lines WHERE is_settled AND item_id_qb IS NOT NULL"):
        named = (row["item_id_qb"], row["account_id_qb"])
        lines.setdefault(row["document_key"], {})[row["line_number"]] = named
    found = query_rows(
        con,
        """
        SELECT p.key, p.document, p.payload, c.term_id_qb,
            CASE WHEN c.project_customers = 'job' THEN j.customer_id_qb ELSE m.customer_id_qb END AS customer_id_qb
        FROM ledger.postings AS p
        JOIN billing.begun_documents AS b ON b.document_key = p.document
        JOIN billing.clients AS c ON c.client_id_harvest = billed_client(p.document)
        LEFT JOIN contacts.client_matches AS m USING (client_id_harvest)
        LEFT JOIN contacts.project_matches AS j
            ON j.project_id_harvest = TRY_CAST(regexp_extract(p.document, '/project-([0-9]+)/', 1) AS BIGINT)
        WHERE p.is_newest AND p.kind = 'invoice' AND p.state IN ('rejected', 'held', 'planned')
            AND p.external_id IS NULL AND b.invoice_id_qb IS NULL
        """,
    )
    return {
        row["key"]: renamed(
            jsontext.loads(row["payload"]),
            NewReferences(row["customer_id_qb"], row["term_id_qb"], lines.get(row["document"], {})),
        )
        for row in found
    }


def renamed(payload: JsonObject, named: NewReferences) -> JsonObject:
    """The payload with other customer, terms, items and accounts where these are settled; nothing else changes."""
    drawn = deepcopy(payload)
    if named.customer_id and isinstance(drawn.get("CustomerRef", {}).get("value"), str):
        drawn["CustomerRef"] = {"value": named.customer_id}
    if named.term_id and "SalesTermRef" in drawn:
        drawn["SalesTermRef"] = {"value": named.term_id}
    for line in drawn.get("Line", []):
        if line.get("LineNum") in named.items:
            item_id, account_id = named.items[line["LineNum"]]
            detail = line["SalesItemLineDetail"]
            detail["ItemRef"] = {"value": item_id}
            detail.pop("ItemAccountRef", None)
            if account_id:
                detail["ItemAccountRef"] = {"value": account_id}
    return drawn
