"""The ledger as tables of the warehouse's schema `ledger`, refreshed from where the last landing stopped.

Belongs here: which columns analysts and the other rooms see, and the incremental copy. Must not be here: anything that
changes the ledger, request bodies, or tokens.

Every changeable row carries the number of the event that changed it last, so a landing reads only rows past the last
number. The hash of that event is kept beside the number: when it is not in the ledger (another ledger, or one restored
from a backup), everything is copied anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
from sqlalchemy import Column, ColumnElement, Connection, Table, Text, cast, select

from harvest_qb_pipeline.ledger import kinds, tables
from harvest_qb_pipeline.ledger.events import GENESIS, chain_head
from harvest_qb_pipeline.ledger.store import Ledger

_CHUNK = 50_000


@dataclass(frozen=True)
class LandedTable:
    """One table of the copy: its words, its key, and for each column its DuckDB type and meaning."""

    name: str
    source: Table
    description: str
    key: str
    columns: Mapping[str, tuple[str, str]]


POSTINGS = LandedTable(
    "postings",
    tables.postings,
    "Every write that is or was meant to become true in Harvest or QuickBooks, one row per revision.",
    "posting_id",
    {
        "posting_id": ("BIGINT", "Number of the posting in the ledger"),
        "document_id": ("BIGINT", "Number of the revision of the document it belongs to"),
        "document": ("VARCHAR", "Key of the document it stands or falls with"),
        "key": ("VARCHAR", "Business identity, the same over all revisions"),
        "revision": ("INTEGER", "Counts up when what was not sent is planned anew"),
        "is_newest": ("BOOLEAN", "Whether this is the newest revision of its key"),
        "kind": ("VARCHAR", ", ".join(kinds.NAMES)),
        "target": ("VARCHAR", "The system it is written to: harvest or quickbooks"),
        "operation": ("VARCHAR", "create, update, void or delete"),
        "state": ("VARCHAR", "held, planned, approved, sending, uncertain, posted, rejected, superseded, cancelled"),
        "payload": ("JSON", "What is to be written, as planned"),
        "payload_sha256": ("VARCHAR", "Hash of the payload"),
        "amount": ("DECIMAL(18,3)", "Amount in currency"),
        "currency": ("VARCHAR", "ISO 4217 code"),
        "occurs_on": ("DATE", "Day of the document in the books"),
        "summary": ("VARCHAR", "One line for a bookkeeper"),
        "depends_on": ("JSON", "Keys that must be posted before"),
        "hold_reasons": ("JSON", "Why it waits: code and sentence of each reason"),
        "doc_number": ("VARCHAR", "Invoice number, the same in both systems (rule 26)"),
        "external_id": ("VARCHAR", "Id in the target system, once known"),
        "sync_token": ("VARCHAR", "Version in QuickBooks when it was verified"),
        "flags": ("JSON", "What was not as it should be when it was verified"),
        "error": ("VARCHAR", "What went wrong last, for a bookkeeper"),
        "error_code": ("VARCHAR", "The target system's own code of that"),
        "attempts": ("INTEGER", "How often it was sent"),
        "unknown_attempts": ("INTEGER", "Attempts of which it is not known whether they arrived"),
        "is_in_flight": ("BOOLEAN", "Whether an attempt is under way"),
        "first_attempt_at": ("TIMESTAMPTZ", "When it was first sent"),
        "last_attempt_at": ("TIMESTAMPTZ", "When it was last sent"),
        "posted_at": ("TIMESTAMPTZ", "When it was verified"),
        "plan_id": ("VARCHAR", "The plan that recorded this revision"),
        "recorded_at": ("TIMESTAMPTZ", "When this revision was recorded"),
        "event_id": ("BIGINT", "The last event that changed it"),
    },
)
SOURCES = LandedTable(
    "sources",
    tables.sources,
    "What the newest revision of each document consumes, as it is or was billed: one row per time entry or expense.",
    "document_id",
    {
        "document_id": ("BIGINT", "Number of the revision of the document"),
        "ordinal": ("INTEGER", "Position in the document"),
        "document": ("VARCHAR", "Key of the document"),
        "revision": ("INTEGER", "Revision of the document"),
        "purpose": ("VARCHAR", "bill, cost, payroll or payment: a source is consumed once per purpose"),
        "source_type": ("VARCHAR", "time_entry or expense"),
        "source_id": ("VARCHAR", "Its id in Harvest"),
        "version": ("VARCHAR", "Its version when it was planned"),
        "day": ("DATE", "The day of the work"),
        "person": ("VARCHAR", "Who did it"),
        "project": ("VARCHAR", "For which project"),
        "task": ("VARCHAR", "Which task"),
        "hours": ("DECIMAL(12,2)", "Hours as billed, rounded by Harvest"),
        "rate": ("DECIMAL(18,5)", "Rate as billed, per hour"),
        "amount": ("DECIMAL(18,3)", "Amount as billed, in the document's currency, before the line is rounded"),
        "line": ("INTEGER", "Number of the invoice line it is part of"),
    },
)
LINKS = LandedTable(
    "links",
    tables.links,
    "Which record outside stands for which key of ours.",
    "key",
    {
        "key": ("VARCHAR", "Key of ours, such as customer/client-1"),
        "system": ("VARCHAR", "harvest or quickbooks"),
        "external_id": ("VARCHAR", "The id there"),
        "made_by": ("VARCHAR", "Who confirmed or created it"),
        "made_at": ("TIMESTAMPTZ", "When"),
        "how": ("VARCHAR", "created by us, matched by a rule, confirmed by a person, or adopted: there already"),
        "rule": ("VARCHAR", "The rule it was made by, if one was"),
        "baseline": ("JSON", "Fields of both sides when it was made; a later change is known by them"),
        "is_removed": ("BOOLEAN", "Whether the link no longer stands"),
        "event_id": ("BIGINT", "The last event that changed it"),
    },
)
LINK_DECISIONS = LandedTable(
    "link_decisions",
    tables.link_decisions,
    "What a person said of a pair that could be linked: remembered either way.",
    "decision_id",
    {
        "decision_id": ("BIGINT", "Number of the decision"),
        "key": ("VARCHAR", "Key of ours, such as customer/client-1"),
        "external_id": ("VARCHAR", "The id in QuickBooks"),
        "decision": ("VARCHAR", "confirmed or rejected"),
        "decided_by": ("VARCHAR", "Who"),
        "decided_at": ("TIMESTAMPTZ", "When"),
        "reason": ("VARCHAR", "Why"),
        "is_withdrawn": ("BOOLEAN", "Whether it no longer stands: another decision came, or the link was taken back"),
        "event_id": ("BIGINT", "The last event that changed it"),
    },
)
ADJUSTMENTS = LandedTable(
    "adjustments",
    tables.adjustments,
    "Signed lines that a person put on a document before approval (rule 20).",
    "adjustment_id",
    {
        "adjustment_id": ("BIGINT", "Number of the adjustment"),
        "document": ("VARCHAR", "Key of the document"),
        "amount": ("DECIMAL(18,3)", "Signed amount in the document's currency"),
        "reason": ("VARCHAR", "Why"),
        "made_by": ("VARCHAR", "Who"),
        "made_at": ("TIMESTAMPTZ", "When"),
        "removed_by": ("VARCHAR", "Who took it back; empty while it stands"),
        "event_id": ("BIGINT", "The last event that changed it"),
    },
)
BILLING_REQUESTS = LandedTable(
    "billing_requests",
    tables.billing_requests,
    "Bills asked for by a person, for clients billed on demand.",
    "request_id",
    {
        "request_id": ("BIGINT", "Number of the request"),
        "client_id_harvest": ("VARCHAR", "The client in Harvest"),
        "to_on": ("DATE", "Bill everything up to and with this day"),
        "requested_by": ("VARCHAR", "Who asked"),
        "requested_at": ("TIMESTAMPTZ", "When"),
        "withdrawn_by": ("VARCHAR", "Who took it back; empty while it stands"),
        "event_id": ("BIGINT", "The last event that changed it"),
    },
)
DOCUMENT_NUMBERS = LandedTable(
    "document_numbers",
    tables.document_numbers,
    "Every invoice number ever allotted, and the document it is bound to (rule 26).",
    "number",
    {
        "number": ("VARCHAR", "The number"),
        "prefix": ("VARCHAR", "Its fixed part"),
        "counter": ("BIGINT", "Its counted part"),
        "document": ("VARCHAR", "Key of the document it belongs to"),
        "allotted_at": ("TIMESTAMPTZ", "When it was bound"),
        "retired_because": ("VARCHAR", "Why the document got another one; empty while it stands"),
        "event_id": ("BIGINT", "The last event that changed it"),
    },
)
APPROVALS = LandedTable(
    "approvals",
    tables.approvals,
    "Who approved which content of which document.",
    "approval_id",
    {
        "approval_id": ("BIGINT", "Number of the approval"),
        "document": ("VARCHAR", "Key of the document"),
        "revision": ("INTEGER", "Revision that was approved"),
        "sha256": ("VARCHAR", "Hash of what was approved: all members, sources and creations"),
        "approved_by": ("VARCHAR", "Who"),
        "via": ("VARCHAR", "How: cli, dagster, policy"),
        "approved_at": ("TIMESTAMPTZ", "When"),
        "through": ("VARCHAR", "The document that needed this one and was approved; empty when approved itself"),
        "void_because": ("VARCHAR", "Why it no longer stands; empty while it does"),
        "event_id": ("BIGINT", "The last event that changed it"),
    },
)
EVENTS = LandedTable(
    "events",
    tables.events,
    "The audit chain: who changed what, when, from which run, with the image before and after.",
    "event_id",
    {
        "event_id": ("BIGINT", "Number of the event, without gaps"),
        "previous_hash": ("VARCHAR", "Hash of the event before"),
        "hash": ("VARCHAR", "Hash of this event, the one before included"),
        "at": ("TIMESTAMPTZ", "When"),
        "actor": ("VARCHAR", "Who: a person, a schedule, a sensor"),
        "run_id": ("VARCHAR", "The Dagster run, if any"),
        "what": ("VARCHAR", "What happened"),
        "subject": ("VARCHAR", "To which key"),
        "before": ("JSON", "What it was"),
        "after": ("JSON", "What it became"),
        "detail": ("JSON", "Reasons and circumstances"),
    },
)
LANDED = (POSTINGS, SOURCES, LINKS, LINK_DECISIONS, ADJUSTMENTS, BILLING_REQUESTS, DOCUMENT_NUMBERS, APPROVALS, EVENTS)


def land_ledger(ledger: Ledger, con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Bring the schema `ledger` of the warehouse up to the ledger as it is now; returns rows written per table.

    Runs inside the caller's transaction on `con`. The ledger is read at one moment.
    """
    _make_tables(con)
    with ledger.reading() as reading:
        head, head_hash = chain_head(reading)
        since = _landed_up_to(con, reading)
        if since is None:
            for table in LANDED:
                con.execute(f"DELETE FROM ledger.{table.name}")  # noqa: S608 - a name from the table above
        written = {table.name: _land(con, reading, table, since or 0) for table in LANDED}
    con.execute("DELETE FROM ledger.landed_up_to")
    con.execute("INSERT INTO ledger.landed_up_to VALUES (?, ?)", [head, head_hash])
    return written


def _make_tables(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("CREATE SCHEMA IF NOT EXISTS ledger")
    con.execute("CREATE TABLE IF NOT EXISTS ledger.landed_up_to (event_id BIGINT, hash VARCHAR)")
    existing: dict[str, list[str]] = dict(
        con.execute(
            "SELECT table_name, list(column_name ORDER BY column_index) FROM duckdb_columns()"
            " WHERE database_name = current_database() AND schema_name = 'ledger' GROUP BY table_name"
        ).fetchall()
    )
    for table in LANDED:
        if existing.get(table.name) == list(table.columns):
            continue
        # Made by an older program, or never: events will not tell of what an upgrade changed, so all is copied anew.
        con.execute("DELETE FROM ledger.landed_up_to")
        con.execute(f"DROP TABLE IF EXISTS ledger.{table.name}")
        columns = ", ".join(f'"{name}" {kind}' for name, (kind, _) in table.columns.items())
        con.execute(f"CREATE TABLE ledger.{table.name} ({columns})")
        con.execute(f"COMMENT ON TABLE ledger.{table.name} IS {_quoted(table.description)}")
        for name, (_, meaning) in table.columns.items():
            con.execute(f'COMMENT ON COLUMN ledger.{table.name}."{name}" IS {_quoted(meaning)}')


def _landed_up_to(con: duckdb.DuckDBPyConnection, reading: Connection) -> int | None:
    """The event the copy has reached, if that very event is in this ledger; None when all must be copied."""
    row = con.execute("SELECT event_id, hash FROM ledger.landed_up_to").fetchone()
    if row is None:
        return None
    event_id, expected = row
    events = tables.events
    found = reading.execute(select(events.c.hash).where(events.c.event_id == event_id)).scalar()
    return event_id if expected == (found or (GENESIS if event_id == 0 else None)) else None


def _land(con: duckdb.DuckDBPyConnection, reading: Connection, table: LandedTable, since: int) -> int:
    if table is SOURCES:
        return _land_sources(con, reading, since)
    source = table.source
    condition = source.c.event_id > since
    if since:
        changed = [row[0] for row in reading.execute(select(source.c[table.key]).where(condition))]
        _delete(con, table, changed)
    return _copy(con, reading, table, [source.c[name] for name in table.columns], condition)


def _land_sources(con: duckdb.DuckDBPyConnection, reading: Connection, since: int) -> int:
    """Sources never change, but which revision is the newest does: older ones leave the copy."""
    documents, sources = tables.documents, tables.sources
    if since:
        put_aside = select(documents.c.document_id).where(documents.c.event_id > since, ~documents.c.is_newest)
        _delete(con, SOURCES, [row[0] for row in reading.execute(put_aside)])
    columns = [documents.c[name] if name in ("document", "revision") else sources.c[name] for name in SOURCES.columns]
    condition = (
        (documents.c.recorded_event_id > since)
        & documents.c.is_newest
        & (documents.c.document_id == sources.c.document_id)
    )
    return _copy(con, reading, SOURCES, columns, condition)


def _delete(con: duckdb.DuckDBPyConnection, table: LandedTable, keys: Sequence[Any]) -> None:
    kind = table.columns[table.key][0]
    con.execute(
        f'DELETE FROM ledger.{table.name} WHERE "{table.key}" IN (SELECT unnest(?::{kind}[]))',  # noqa: S608
        [list(keys)],
    )


def _copy(
    con: duckdb.DuckDBPyConnection,
    reading: Connection,
    table: LandedTable,
    columns: Sequence[Column[Any]],
    condition: ColumnElement[bool],
) -> int:
    """Append the chosen rows. They travel as text and DuckDB casts them, so that decimals stay exact."""
    written = 0
    casts = ", ".join(f'"{name}"::{kind}' for name, (kind, _) in table.columns.items())
    for chunk in _chunks(reading, columns, condition):
        by_column = zip(table.columns, zip(*chunk, strict=True), strict=True)
        arrow = pa.table({name: pa.array(values, type=pa.string()) for name, values in by_column})
        con.register("landing_chunk", arrow)
        con.execute(f"INSERT INTO ledger.{table.name} SELECT {casts} FROM landing_chunk")  # noqa: S608
        con.unregister("landing_chunk")
        written += len(chunk)
    return written


def _chunks(
    reading: Connection, columns: Sequence[Column[Any]], condition: ColumnElement[bool]
) -> Iterator[Sequence[Sequence[Any]]]:
    as_text = [cast(column, Text).label(f"c{n}") for n, column in enumerate(columns)]
    result = reading.execution_options(yield_per=_CHUNK).execute(select(*as_text).where(condition))
    yield from result.partitions(_CHUNK)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
