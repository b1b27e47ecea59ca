"""The first schema: documents, postings, sources, reservations, approvals, links, tokens and the audit chain.

Belongs here: this one step, written out in full, so that it never changes with the tables of a later day.
"""

import sqlalchemy as sa
from alembic import op

from harvest_qb_pipeline.ledger.columns import JsonText, Moment, Money

revision = "0001"
down_revision = None


def upgrade() -> None:
    _adjustments()
    _approvals()
    _billing_requests()
    _document_numbers()
    _documents()
    _events()
    _homes()
    _links()
    _oauth_tokens()
    _plans()
    _reservations()
    _plan_documents()
    _postings()
    _sources()


def _adjustments() -> None:
    op.create_table(
        "adjustments",
        sa.Column("adjustment_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("amount", Money(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("removed_by", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("adjustment_id", name=op.f("pk_adjustments")),
    )
    op.create_index(op.f("ix_adjustments_document"), "adjustments", ["document"], unique=False)
    op.create_index(op.f("ix_adjustments_event_id"), "adjustments", ["event_id"], unique=False)


def _approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("approval_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("approved_at", Moment(), nullable=False),
        sa.Column("through", sa.Text(), nullable=True),
        sa.Column("void_because", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("approval_id", name=op.f("pk_approvals")),
    )
    op.create_index(op.f("ix_approvals_document"), "approvals", ["document"], unique=False)
    op.create_index(op.f("ix_approvals_event_id"), "approvals", ["event_id"], unique=False)


def _billing_requests() -> None:
    op.create_table(
        "billing_requests",
        sa.Column("request_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("client_id_harvest", sa.Text(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", Moment(), nullable=False),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_billing_requests")),
    )
    op.create_index(op.f("ix_billing_requests_event_id"), "billing_requests", ["event_id"], unique=False)


def _document_numbers() -> None:
    op.create_table(
        "document_numbers",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("counter", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("allotted_at", Moment(), nullable=False),
        sa.Column("retired_because", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_document_numbers")),
    )
    op.create_index(
        "ix_document_numbers_bound",
        "document_numbers",
        ["document"],
        unique=True,
        sqlite_where=sa.text("retired_because is null"),
        postgresql_where=sa.text("retired_because is null"),
    )
    op.create_index("ix_document_numbers_counter", "document_numbers", ["prefix", "counter"], unique=False)
    op.create_index(op.f("ix_document_numbers_event_id"), "document_numbers", ["event_id"], unique=False)


def _documents() -> None:
    op.create_table(
        "documents",
        sa.Column("document_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("is_newest", sa.Boolean(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("own_sha256", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("doc_number", sa.Text(), nullable=True),
        sa.Column("is_reserved", sa.Boolean(), nullable=False),
        sa.Column("unwinding", sa.Text(), nullable=True),
        sa.Column("plan_id", sa.Text(), nullable=False),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("recorded_event_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_documents")),
        sa.UniqueConstraint("document", "revision", name=op.f("uq_documents_document")),
    )
    op.create_index(op.f("ix_documents_event_id"), "documents", ["event_id"], unique=False)
    op.create_index(
        "ix_documents_newest",
        "documents",
        ["document"],
        unique=True,
        sqlite_where=sa.text("is_newest"),
        postgresql_where=sa.text("is_newest"),
    )
    op.create_index(op.f("ix_documents_recorded_event_id"), "documents", ["recorded_event_id"], unique=False)


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("event_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("before", JsonText(), nullable=True),
        sa.Column("after", JsonText(), nullable=True),
        sa.Column("detail", JsonText(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_events")),
        sa.UniqueConstraint("hash", name=op.f("uq_events_hash")),
        sa.UniqueConstraint("previous_hash", name=op.f("uq_events_previous_hash")),
    )
    op.create_index(op.f("ix_events_run_id"), "events", ["run_id"], unique=False)
    op.create_index(op.f("ix_events_subject"), "events", ["subject"], unique=False)


def _homes() -> None:
    op.create_table(
        "homes",
        sa.Column("home_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("harvest_account_id", sa.Text(), nullable=False),
        sa.Column("realm_id", sa.Text(), nullable=False),
        sa.Column("harvest_base_url", sa.Text(), nullable=False),
        sa.Column("quickbooks_base_url", sa.Text(), nullable=False),
        sa.Column("bound_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("home_id", name=op.f("pk_homes")),
    )


def _links() -> None:
    op.create_table(
        "links",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("is_removed", sa.Boolean(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_links")),
    )
    op.create_index(op.f("ix_links_event_id"), "links", ["event_id"], unique=False)
    op.create_index("ix_links_external", "links", ["system", "external_id"], unique=False)


def _oauth_tokens() -> None:
    op.create_table(
        "oauth_tokens",
        sa.Column("realm_id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("realm_id", name=op.f("pk_oauth_tokens")),
    )


def _plans() -> None:
    op.create_table(
        "plans",
        sa.Column("plan_id", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("policy_sha256", sa.Text(), nullable=False),
        sa.Column("kinds", JsonText(), nullable=False),
        sa.Column("counts", JsonText(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_plans")),
    )
    op.create_index(op.f("ix_plans_event_id"), "plans", ["event_id"], unique=False)


def _reservations() -> None:
    op.create_table(
        "reservations",
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("source_type", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("purpose", "source_type", "source_id", name=op.f("pk_reservations")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_reservations_document"), "reservations", ["document"], unique=False)


def _plan_documents() -> None:
    op.create_table(
        "plan_documents",
        sa.Column("plan_id", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.plan_id"], name=op.f("fk_plan_documents_plan_id")),
        sa.PrimaryKeyConstraint("plan_id", "document", name=op.f("pk_plan_documents")),
    )


def _postings() -> None:
    op.create_table(
        "postings",
        sa.Column("posting_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("is_newest", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("payload", JsonText(), nullable=False),
        sa.Column("payload_sha256", sa.Text(), nullable=False),
        sa.Column("amount", Money(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("occurs_on", sa.Date(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("depends_on", JsonText(), nullable=False),
        sa.Column("hold_reasons", JsonText(), nullable=False),
        sa.Column("doc_number", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("sync_token", sa.Text(), nullable=True),
        sa.Column("flags", JsonText(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("request_n", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("sent_body", sa.LargeBinary(), nullable=True),
        sa.Column("sent_request_n", sa.Integer(), nullable=True),
        sa.Column("first_attempt_at", Moment(), nullable=True),
        sa.Column("last_attempt_at", Moment(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("is_in_flight", sa.Boolean(), nullable=False),
        sa.Column("unknown_attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", Moment(), nullable=True),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.Column("plan_id", sa.Text(), nullable=True),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("posted_at", Moment(), nullable=True),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.document_id"], name=op.f("fk_postings_document_id")),
        sa.PrimaryKeyConstraint("posting_id", name=op.f("pk_postings")),
        sa.UniqueConstraint("key", "revision", name=op.f("uq_postings_key")),
    )
    op.create_index(op.f("ix_postings_document_id"), "postings", ["document_id"], unique=False)
    op.create_index(op.f("ix_postings_event_id"), "postings", ["event_id"], unique=False)
    op.create_index(
        "ix_postings_newest",
        "postings",
        ["key"],
        unique=True,
        sqlite_where=sa.text("is_newest"),
        postgresql_where=sa.text("is_newest"),
    )
    op.create_index("ix_postings_state", "postings", ["state", "kind", "is_newest"], unique=False)


def _sources() -> None:
    op.create_table(
        "sources",
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("source_type", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("project", sa.Text(), nullable=True),
        sa.Column("task", sa.Text(), nullable=True),
        sa.Column("hours", Money(), nullable=True),
        sa.Column("rate", Money(), nullable=True),
        sa.Column("amount", Money(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["documents.document_id"], name=op.f("fk_sources_document_id")),
        sa.PrimaryKeyConstraint("document_id", "ordinal", name=op.f("pk_sources")),
        sqlite_with_rowid=False,
    )
    # ### end Alembic commands ###
