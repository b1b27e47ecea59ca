"""What both sides have in common by our doing, kept with the link instead of being read from payloads.

Belongs here: the step from 0004. What old postings made equal is noted on the links they stand for; what is not sent
yet learns what it will make equal.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from harvest_qb_pipeline.ledger.columns import JsonText, Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# As they were at this step: kinds whose fields are compared.
_CREATIONS = ("customer", "job", "client", "contact")
_UPDATES = {
    "customer_update": "customer",
    "job_update": "job",
    "client_update": "customer",
    "contact_update": "customer",
}
_ADDRESS = ("Line1", "Line2", "Line3", "Line4", "Line5")

_postings = sa.table(
    "postings",
    *(sa.column(name) for name in ("posting_id", "key", "kind", "state")),
    sa.column("payload", JsonText()),
    sa.column("posted_at", Moment()),
    sa.column("agrees", JsonText()),
    sa.column("agrees_on"),
)
_links = sa.table("links", sa.column("key"), sa.column("is_removed", sa.Boolean()), sa.column("baseline", JsonText()))


def upgrade() -> None:
    op.add_column("postings", sa.Column("agrees", JsonText(), nullable=True))
    op.add_column("postings", sa.Column("agrees_on", sa.Text(), nullable=True))
    con = op.get_bind()
    sent: dict[str, dict[str, dict[str, str]]] = {}
    kinds = (*_CREATIONS, *_UPDATES)
    found = sa.select(_postings).where(
        _postings.c.kind.in_(kinds), _postings.c.state.not_in(("superseded", "cancelled"))
    )
    for row in con.execute(found.order_by(_postings.c.posted_at, _postings.c.posting_id)).all():
        agrees, agrees_on = _fields(row.kind, row.payload), _link_key(row.kind, row.key)
        con.execute(
            sa.update(_postings)
            .where(_postings.c.posting_id == row.posting_id)
            .values(agrees=agrees or None, agrees_on=None if agrees_on == row.key else agrees_on)
        )
        if row.state == "posted" and row.posted_at is not None:
            at = row.posted_at.isoformat()
            told = {name: {"value": value, "at": at} for name, value in agrees.items()}
            sent.setdefault(agrees_on, {}).update(told)
    for key, fields in sent.items():
        _note(con, key, fields)


def _note(con: sa.Connection, key: str, fields: Mapping[str, Any]) -> None:
    standing = (_links.c.key == key) & sa.not_(_links.c.is_removed)
    link = con.execute(sa.select(_links).where(standing)).first()
    if link is not None and fields:
        con.execute(sa.update(_links).where(standing).values(baseline={**(link.baseline or {}), "sent": dict(fields)}))


def _link_key(kind: str, key: str) -> str:
    """The link that a posting of this kind is about."""
    if kind == "contact":
        return key.replace("contact/", "client/", 1)
    about = re.fullmatch(r"[a-z_]+/((?:client|project)-[0-9]+)/.*", key)
    return f"{_UPDATES[kind]}/{about[1]}" if kind in _UPDATES and about else key


def _fields(kind: str, payload: Mapping[str, Any]) -> dict[str, str]:
    """What a payload says, by our names of fields, as the comparison of fields read it until now."""
    body: Mapping[str, Any] = payload.get("fields" if kind in _UPDATES else kind) or payload
    address = [line for name in _ADDRESS if (line := (body.get("BillAddr") or {}).get(name))]
    active = body.get("Active", body.get("is_active"))
    if active is None and kind in ("customer", "job", "client"):
        active = True
    values = {
        "name": body.get("DisplayName") or body.get("name"),
        "email": (body.get("PrimaryEmailAddr") or {}).get("Address") or body.get("email"),
        "phone": (body.get("PrimaryPhone") or {}).get("FreeFormNumber") or body.get("phone_office"),
        "mobile": (body.get("Mobile") or {}).get("FreeFormNumber") or body.get("phone_mobile"),
        "address": "\n".join(address) or body.get("address"),
        "active": None if active is None else "active" if active else "inactive",
        "terms": (body.get("SalesTermRef") or {}).get("value"),
        "taxable": None if body.get("Taxable") is None else json.dumps(body["Taxable"]),
    }
    return {name: value for name, value in values.items() if isinstance(value, str) and value}
