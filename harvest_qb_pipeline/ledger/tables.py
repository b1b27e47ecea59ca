"""The ledger's tables: every column is said here once, with the words that analysts read of it.

Belongs here: columns, keys and indexes as they are now (migrations carry a store there). Must not be here: queries.

A column with `doc` is landed in the warehouse, in the table's order, under that description; one without is the
ledger's own. `TOLD` columns of a posting are kept in its events, before and after each change. Every row that can
change carries `event_id`, the last event that changed it, so that what changed since an event can be found without
reading history; what is open is found by its state.
"""

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from harvest_qb_pipeline.ledger import kinds
from harvest_qb_pipeline.ledger.columns import JsonText, Moment, Money, Small

TOLD = {"told": True}

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _unique_where(name: str, column: Column[Any], condition: str) -> None:
    Index(name, column, unique=True, sqlite_where=text(condition), postgresql_where=text(condition))


events = Table(
    "events",
    metadata,
    Column("event_id", Integer, primary_key=True, autoincrement=False, doc="Number of the event, without gaps"),
    Column("previous_hash", Text, nullable=False, unique=True, doc="Hash of the event before"),
    Column("hash", Text, nullable=False, unique=True, doc="Hash of this event, the one before included"),
    Column("at", Moment, nullable=False, doc="When"),
    Column("actor", Text, nullable=False, doc="Who: a person, a schedule, a sensor"),
    Column("run_id", Text, index=True, doc="The Dagster run, if any"),
    Column("what", Text, nullable=False, doc="What happened"),
    Column("subject", Text, nullable=False, index=True, doc="To which key"),
    Column("before", JsonText, doc="What it was"),
    Column("after", JsonText, doc="What it became"),
    Column("detail", JsonText, nullable=False, doc="Reasons and circumstances"),
    # Digests of the rows that it changed, as they were after it.
    Column("images", JsonText),
    info={"words": "The audit chain: who changed what, when, from which run, with the image before and after."},
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
    Column("revision", Small, nullable=False),
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
_unique_where("ix_documents_newest", documents.c.document, "is_newest")

postings = Table(
    "postings",
    metadata,
    Column("posting_id", Integer, primary_key=True, autoincrement=False, doc="Number of the posting in the ledger"),
    Column(
        "document_id",
        Integer,
        ForeignKey("documents.document_id"),
        nullable=False,
        index=True,
        doc="Number of the revision of the document it belongs to",
    ),
    Column("document", Text, nullable=False, doc="Key of the document it stands or falls with"),
    Column("key", Text, nullable=False, doc="Business identity, the same over all revisions"),
    Column("revision", Small, nullable=False, info=TOLD, doc="Counts up when what was not sent is planned anew"),
    Column("is_newest", Boolean, nullable=False, doc="Whether this is the newest revision of its key"),
    Column("position", Small, nullable=False),
    Column("kind", Text, nullable=False, doc=", ".join(kinds.NAMES)),
    Column("target", Text, nullable=False, doc="The system it is written to: harvest or quickbooks"),
    Column("operation", Text, nullable=False, doc="create, update, void or delete"),
    Column(
        "state",
        Text,
        nullable=False,
        info=TOLD,
        doc="held, planned, approved, sending, uncertain, posted, rejected, superseded, cancelled",
    ),
    Column("payload", JsonText, nullable=False, doc="What is to be written, as planned"),
    Column("payload_sha256", Text, nullable=False, info=TOLD, doc="Hash of the payload"),
    # What both sides have in common once it is posted, and the link that this is noted on.
    Column("agrees", JsonText),
    Column("agrees_on", Text),
    Column("amount", Money, nullable=False, doc="Amount in currency"),
    Column("currency", Text, nullable=False, doc="ISO 4217 code"),
    Column("occurs_on", Date, nullable=False, doc="Day of the document in the books"),
    Column("summary", Text, nullable=False, doc="One line for a bookkeeper"),
    Column("depends_on", JsonText, nullable=False, doc="Keys that must be posted before"),
    Column("hold_reasons", JsonText, nullable=False, info=TOLD, doc="Why it waits: code and sentence of each reason"),
    Column("doc_number", Text, info=TOLD, doc="Invoice number, the same in both systems (rule 26)"),
    Column("external_id", Text, info=TOLD, doc="Id in the target system, once known"),
    Column("sync_token", Text, info=TOLD, doc="Version in QuickBooks when it was verified"),
    Column(
        "flags",
        JsonText,
        nullable=False,
        info=TOLD,
        default=list,
        doc="What was not as it should be when it was verified",
    ),
    Column("error", Text, info=TOLD, doc="What went wrong last, for a bookkeeper"),
    Column("error_code", Text, info=TOLD, doc="The target system's own code of that"),
    Column("request_n", Small, nullable=False, info=TOLD, default=0),
    Column("request_id", Text, info=TOLD),
    Column("sent_body", LargeBinary),
    Column("sent_request_n", Small),
    Column("attempts", Small, nullable=False, info=TOLD, default=0, doc="How often it was sent"),
    Column(
        "unknown_attempts",
        Small,
        nullable=False,
        info=TOLD,
        default=0,
        doc="Attempts of which it is not known whether they arrived",
    ),
    Column("next_attempt_at", Moment, info=TOLD),
    Column("lease_owner", Text, info=TOLD),
    Column("lease_until", Moment, info=TOLD),
    Column("is_in_flight", Boolean, nullable=False, default=False, doc="Whether an attempt is under way"),
    Column("first_attempt_at", Moment, doc="When it was first sent"),
    Column("last_attempt_at", Moment, info=TOLD, doc="When it was last sent"),
    Column("posted_at", Moment, doc="When it was verified"),
    Column("plan_id", Text, doc="The plan that recorded this revision"),
    Column("recorded_at", Moment, nullable=False, doc="When this revision was recorded"),
    Column("event_id", Integer, nullable=False, index=True, doc="The last event that changed it"),
    Column("reverses", Text, doc="Key of the posting that it undoes, if it undoes one"),
    UniqueConstraint("key", "revision"),
    info={"words": "Every write that is or was meant to become true in Harvest or QuickBooks, one row per revision."},
)
Index("ix_postings_state", postings.c.state, postings.c.kind, postings.c.is_newest)
_unique_where("ix_postings_newest", postings.c.key, "is_newest")

sources = Table(
    "sources",
    metadata,
    Column(
        "document_id",
        Integer,
        ForeignKey("documents.document_id"),
        nullable=False,
        doc="Number of the revision of the document",
    ),
    Column("ordinal", Small, nullable=False, doc="Position in the document"),
    Column(
        "purpose", Text, nullable=False, doc="bill, cost, payroll or payment: a source is consumed once per purpose"
    ),
    Column("source_type", Text, nullable=False, doc="time_entry or expense"),
    Column("source_id", Text, nullable=False, doc="Its id in Harvest"),
    Column("version", Text, nullable=False, doc="Its version when it was planned"),
    Column("day", Date, doc="The day of the work"),
    Column("person", Text, doc="Who did it"),
    Column("project", Text, doc="For which project"),
    Column("task", Text, doc="Which task"),
    Column("hours", Money(12, 2), doc="Hours as billed, rounded by Harvest"),
    Column("rate", Money(18, 5), doc="Rate as billed, per hour"),
    Column("amount", Money, doc="Amount as billed, in the document's currency, before the line is rounded"),
    Column("line", Small, doc="Number of the invoice line it is part of"),
    PrimaryKeyConstraint("document_id", "ordinal"),
    sqlite_with_rowid=False,
    info={
        "words": "What the newest revision of each document consumes, as it is or was billed: "
        "one row per time entry or expense."
    },
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
    Column("number", Text, primary_key=True, doc="The number"),
    Column("prefix", Text, nullable=False, doc="Its fixed part"),
    Column("counter", Integer, nullable=False, doc="Its counted part"),
    Column("document", Text, nullable=False, doc="Key of the document it belongs to"),
    Column("allotted_at", Moment, nullable=False, doc="When it was bound"),
    Column("retired_because", Text, doc="Why the document got another one; empty while it stands"),
    Column("event_id", Integer, nullable=False, index=True, doc="The last event that changed it"),
    Index("ix_document_numbers_counter", "prefix", "counter"),
    info={"words": "Every invoice number ever allotted, and the document it is bound to (rule 26)."},
)
_unique_where("ix_document_numbers_bound", document_numbers.c.document, "retired_because is null")

approvals = Table(
    "approvals",
    metadata,
    Column("approval_id", Integer, primary_key=True, autoincrement=False, doc="Number of the approval"),
    Column("document", Text, nullable=False, index=True, doc="Key of the document"),
    Column("revision", Small, nullable=False, doc="Revision that was approved"),
    Column("sha256", Text, nullable=False, doc="Hash of what was approved: all members, sources and creations"),
    Column("approved_by", Text, nullable=False, doc="Who"),
    Column("via", Text, nullable=False, doc="How: cli, dagster, policy"),
    Column("approved_at", Moment, nullable=False, doc="When"),
    Column("through", Text, doc="The document that needed this one and was approved; empty when approved itself"),
    Column("void_because", Text, doc="Why it no longer stands; empty while it does"),
    Column("event_id", Integer, nullable=False, index=True, doc="The last event that changed it"),
    info={"words": "Who approved which content of which document."},
)

links = Table(
    "links",
    metadata,
    Column("key", Text, primary_key=True, doc="Key of ours, such as customer/client-1"),
    Column("system", Text, nullable=False, doc="harvest or quickbooks"),
    Column("external_id", Text, nullable=False, doc="The id there"),
    Column("made_by", Text, nullable=False, doc="Who confirmed or created it"),
    Column("made_at", Moment, nullable=False, doc="When"),
    Column(
        "how",
        Text,
        nullable=False,
        doc="created by us, matched by a rule, confirmed by a person, or adopted: there already",
    ),
    Column("rule", Text, nullable=False, doc="The rule it was made by, if one was"),
    Column(
        "baseline",
        JsonText,
        doc="Fields of both sides when it was made, and what was sent since, when; a later change is known by them",
    ),
    Column("exclusive", Text),
    Column("is_removed", Boolean, nullable=False, doc="Whether the link no longer stands"),
    Column("event_id", Integer, nullable=False, index=True, doc="The last event that changed it"),
    info={"words": "Which record outside stands for which key of ours."},
)
"""`exclusive` names the record outside where it may be linked once only; empty when removed, or where it is shared."""
Index("uq_links_exclusive", links.c.exclusive, unique=True)
Index("ix_links_external", links.c.system, links.c.external_id)

link_decisions = Table(
    "link_decisions",
    metadata,
    Column("decision_id", Integer, primary_key=True, autoincrement=False, doc="Number of the decision"),
    Column("key", Text, nullable=False, index=True, doc="Key of ours, such as customer/client-1"),
    Column("external_id", Text, nullable=False, doc="The id in QuickBooks"),
    Column("decision", Text, nullable=False, doc="confirmed or rejected"),
    Column("decided_by", Text, nullable=False, doc="Who"),
    Column("decided_at", Moment, nullable=False, doc="When"),
    Column("reason", Text, nullable=False, doc="Why"),
    Column(
        "is_withdrawn",
        Boolean,
        nullable=False,
        doc="Whether it no longer stands: another decision came, or the link was taken back",
    ),
    Column("event_id", Integer, nullable=False, index=True, doc="The last event that changed it"),
    info={"words": "What a person said of a pair that could be linked: remembered either way."},
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
    Column("ordinal", Small, nullable=False),
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
    Column("adjustment_id", Integer, primary_key=True, autoincrement=False, doc="Number of the adjustment"),
    Column("document", Text, nullable=False, index=True, doc="Key of the document"),
    Column("amount", Money, nullable=False, doc="Signed amount in the document's currency"),
    Column("reason", Text, nullable=False, doc="Why"),
    Column("made_by", Text, nullable=False, doc="Who"),
    Column("made_at", Moment, nullable=False, doc="When"),
    Column("removed_by", Text, doc="Who took it back; empty while it stands"),
    Column("event_id", Integer, nullable=False, index=True, doc="The last event that changed it"),
    info={"words": "Signed lines that a person put on a document before approval (rule 20)."},
)

billing_requests = Table(
    "billing_requests",
    metadata,
    Column("request_id", Integer, primary_key=True, autoincrement=False, doc="Number of the request"),
    Column("client_id_harvest", Text, nullable=False, doc="The client in Harvest"),
    Column("to_on", Date, nullable=False, doc="Bill everything up to and with this day"),
    Column("requested_by", Text, nullable=False, doc="Who asked"),
    Column("requested_at", Moment, nullable=False, doc="When"),
    Column("withdrawn_by", Text, doc="Who took it back; empty while it stands"),
    Column("event_id", Integer, nullable=False, index=True, doc="The last event that changed it"),
    info={"words": "Bills asked for by a person, for clients billed on demand."},
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

identity = Table(
    "identity",
    metadata,
    Column("ledger_id", Text, primary_key=True),
    Column("made_at", Moment, nullable=False),
)
"""Which ledger this is (a single row): made at random with it, and part of every marker that it writes (rule 27)."""

takeovers = Table(
    "takeovers",
    metadata,
    Column("ledger_id", Text, primary_key=True),
    Column("taken_over_by", Text, nullable=False),
    Column("taken_over_at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("event_id", Integer, nullable=False, index=True),
)
"""Other ledgers whose documents a person has said are ours to go on with, because those ledgers are lost."""
