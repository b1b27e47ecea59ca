"""The ledger's tables, and the column types that keep money and times exact on SQLite and on Postgres alike.

Belongs here: columns, keys and indexes as they are now (migrations carry a store there). Must not be here: queries.

Every row that can change carries `event_id`, the last event that changed it, so that what changed since an event
can be found without reading history; what is open is found by its state.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import Json

_MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"


class Money(TypeDecorator[Decimal]):
    """An exact decimal: its own digits as text on SQLite (which has no decimal type), NUMERIC on Postgres."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Numeric())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | Decimal | None:
        if value is None or dialect.name != "sqlite":
            return value
        return format(value, "f")

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        return None if value is None else Decimal(value)


class Moment(TypeDecorator[datetime]):
    """An aware UTC time: ISO text of fixed width on SQLite, so that text order is time order; TIMESTAMPTZ elsewhere."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone; the ledger keeps aware UTC times only")
        moment = value.astimezone(UTC)
        return moment.strftime(_MOMENT) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return None if value is None else datetime.strptime(value, _MOMENT).replace(tzinfo=UTC)


class JsonText(TypeDecorator[Json]):
    """Canonical JSON text in which numbers with a point are `Decimal`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Json | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else jsontext.dumps(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Json | None:  # noqa: ARG002
        return None if value is None else jsontext.loads(value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

events = Table(
    "events",
    metadata,
    Column("event_id", Integer, primary_key=True, autoincrement=False),
    Column("previous_hash", Text, nullable=False, unique=True),
    Column("hash", Text, nullable=False, unique=True),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("run_id", Text, index=True),
    Column("what", Text, nullable=False),
    Column("subject", Text, nullable=False, index=True),
    Column("before", JsonText),
    Column("after", JsonText),
    Column("detail", JsonText, nullable=False),
)

plans = Table(
    "plans",
    metadata,
    Column("plan_id", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("policy_sha256", Text, nullable=False),
    Column("kinds", JsonText, nullable=False),
    Column("counts", JsonText, nullable=False),
    Column("event_id", Integer, nullable=False, index=True),
)

plan_documents = Table(
    "plan_documents",
    metadata,
    Column("plan_id", Text, ForeignKey("plans.plan_id"), nullable=False),
    Column("document", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    PrimaryKeyConstraint("plan_id", "document"),
)
"""What stood as planned in a plan that a person was shown: the hashes that `approve --all --plan` may approve."""

documents = Table(
    "documents",
    metadata,
    Column("document_id", Integer, primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("is_newest", Boolean, nullable=False),
    Column("label", Text, nullable=False),
    Column("content_sha256", Text, nullable=False),
    Column("own_sha256", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("doc_number", Text),
    Column("is_reserved", Boolean, nullable=False),
    Column("unwinding", Text),
    Column("plan_id", Text, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("recorded_event_id", Integer, nullable=False, index=True),
    Column("event_id", Integer, nullable=False, index=True),
    UniqueConstraint("document", "revision"),
)
Index(
    "ix_documents_newest",
    documents.c.document,
    unique=True,
    sqlite_where=text("is_newest"),
    postgresql_where=text("is_newest"),
)

postings = Table(
    "postings",
    metadata,
    Column("posting_id", Integer, primary_key=True, autoincrement=False),
    Column("document_id", Integer, ForeignKey("documents.document_id"), nullable=False, index=True),
    Column("document", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("is_newest", Boolean, nullable=False),
    Column("position", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("payload", JsonText, nullable=False),
    Column("payload_sha256", Text, nullable=False),
    Column("amount", Money, nullable=False),
    Column("currency", Text, nullable=False),
    Column("occurs_on", Date, nullable=False),
    Column("summary", Text, nullable=False),
    Column("depends_on", JsonText, nullable=False),
    Column("hold_reasons", JsonText, nullable=False),
    Column("doc_number", Text),
    Column("external_id", Text),
    Column("sync_token", Text),
    Column("flags", JsonText, nullable=False),
    Column("error", Text),
    Column("error_code", Text),
    Column("request_n", Integer, nullable=False),
    Column("request_id", Text),
    Column("sent_body", LargeBinary),
    Column("sent_request_n", Integer),
    Column("first_attempt_at", Moment),
    Column("last_attempt_at", Moment),
    Column("attempts", Integer, nullable=False),
    Column("is_in_flight", Boolean, nullable=False),
    Column("unknown_attempts", Integer, nullable=False),
    Column("next_attempt_at", Moment),
    Column("lease_owner", Text),
    Column("lease_until", Moment),
    Column("plan_id", Text),
    Column("recorded_at", Moment, nullable=False),
    Column("posted_at", Moment),
    Column("event_id", Integer, nullable=False, index=True),
    UniqueConstraint("key", "revision"),
)
Index("ix_postings_state", postings.c.state, postings.c.kind, postings.c.is_newest)
Index(
    "ix_postings_newest",
    postings.c.key,
    unique=True,
    sqlite_where=text("is_newest"),
    postgresql_where=text("is_newest"),
)

sources = Table(
    "sources",
    metadata,
    Column("document_id", Integer, ForeignKey("documents.document_id"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("source_type", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("day", Date),
    Column("person", Text),
    Column("project", Text),
    Column("task", Text),
    Column("hours", Money),
    Column("rate", Money),
    Column("amount", Money),
    Column("line", Integer),
    PrimaryKeyConstraint("document_id", "ordinal"),
    sqlite_with_rowid=False,
)

reservations = Table(
    "reservations",
    metadata,
    Column("purpose", Text, nullable=False),
    Column("source_type", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    Column("document", Text, nullable=False, index=True),
    PrimaryKeyConstraint("purpose", "source_type", "source_id"),
    sqlite_with_rowid=False,
)
"""Who consumes a source, per purpose. Its primary key is what makes billing an hour twice impossible."""

document_numbers = Table(
    "document_numbers",
    metadata,
    Column("number", Text, primary_key=True),
    Column("prefix", Text, nullable=False),
    Column("counter", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Column("allotted_at", Moment, nullable=False),
    Column("retired_because", Text),
    Column("event_id", Integer, nullable=False, index=True),
    Index("ix_document_numbers_counter", "prefix", "counter"),
)
Index(
    "ix_document_numbers_bound",
    document_numbers.c.document,
    unique=True,
    sqlite_where=text("retired_because is null"),
    postgresql_where=text("retired_because is null"),
)

approvals = Table(
    "approvals",
    metadata,
    Column("approval_id", Integer, primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False, index=True),
    Column("revision", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("approved_by", Text, nullable=False),
    Column("via", Text, nullable=False),
    Column("approved_at", Moment, nullable=False),
    Column("through", Text),
    Column("void_because", Text),
    Column("event_id", Integer, nullable=False, index=True),
)

links = Table(
    "links",
    metadata,
    Column("key", Text, primary_key=True),
    Column("system", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("how", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("baseline", JsonText),
    Column("exclusive", Text),
    Column("is_removed", Boolean, nullable=False),
    Column("event_id", Integer, nullable=False, index=True),
)
"""`exclusive` names the record outside where it may be linked once only; empty when removed, or where it is shared."""
Index("uq_links_exclusive", links.c.exclusive, unique=True)
Index("ix_links_external", links.c.system, links.c.external_id)

link_decisions = Table(
    "link_decisions",
    metadata,
    Column("decision_id", Integer, primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False, index=True),
    Column("external_id", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("is_withdrawn", Boolean, nullable=False),
    Column("event_id", Integer, nullable=False, index=True),
)

records = Table(
    "records",
    metadata,
    Column("record_type", Text, nullable=False),
    Column("record_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("full_name", Text),
    Column("currency", Text),
    Column("is_active", Boolean, nullable=False),
    Column("is_job", Boolean, nullable=False),
    Column("parent_id", Text),
    Column("item_type", Text),
    Column("event_id", Integer, nullable=False),
    PrimaryKeyConstraint("record_type", "record_id"),
)
"""Who can be linked, on both sides, as the last plan read them: what a decision on a link is checked against."""

suggestions = Table(
    "suggestions",
    metadata,
    Column("key", Text, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("link_type", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("external_id", Text, index=True),
    Column("claim", Text),
    Column("how", Text),
    Column("made_by", Text),
    Column("score", Float),
    Column("reasons", JsonText, nullable=False),
    Column("sentence", Text),
    Column("is_stated", Boolean, nullable=False),
    Column("event_id", Integer, nullable=False),
    PrimaryKeyConstraint("key", "ordinal"),
)
"""What the last plan said of each key that can be linked: its link, who it may be, or that there is nobody.

`claim` is what `links.exclusive` would be; `how` and `made_by` are of a link that stood when it was planned."""

adjustments = Table(
    "adjustments",
    metadata,
    Column("adjustment_id", Integer, primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False, index=True),
    Column("amount", Money, nullable=False),
    Column("reason", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("removed_by", Text),
    Column("event_id", Integer, nullable=False, index=True),
)

billing_requests = Table(
    "billing_requests",
    metadata,
    Column("request_id", Integer, primary_key=True, autoincrement=False),
    Column("client_id_harvest", Text, nullable=False),
    Column("to_on", Date, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("requested_at", Moment, nullable=False),
    Column("withdrawn_by", Text),
    Column("event_id", Integer, nullable=False, index=True),
)

oauth_tokens = Table(
    "oauth_tokens",
    metadata,
    Column("realm_id", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("saved_at", Moment, nullable=False),
)

homes = Table(
    "homes",
    metadata,
    Column("home_id", Integer, primary_key=True, autoincrement=False),
    Column("harvest_account_id", Text, nullable=False),
    Column("realm_id", Text, nullable=False),
    Column("harvest_base_url", Text, nullable=False),
    Column("quickbooks_base_url", Text, nullable=False),
    Column("bound_at", Moment, nullable=False),
)
"""The one pair of accounts whose documents this ledger holds (a single row, `home_id` 1)."""
