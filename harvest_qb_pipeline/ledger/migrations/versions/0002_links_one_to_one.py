"""How each link came to be, links that are one to one by a unique column, and what people decided on pairs.

Belongs here: the step from 0001. Links that stand are kept; where two share a record, only the older claims it.
"""

import sqlalchemy as sa
from alembic import op

from harvest_qb_pipeline.ledger.columns import JsonText, Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


# As it was at this step: what families share later must not change what an old store becomes.
_SPACES = {
    "customer": "Customer",
    "job": "Customer",
    "vendor": "Vendor",
    "employee": "Employee",
    "client": "client",
    "project": "project",
}


def upgrade() -> None:
    op.add_column("links", sa.Column("how", sa.Text(), nullable=False, server_default="matched"))
    op.add_column("links", sa.Column("rule", sa.Text(), nullable=False, server_default=""))
    op.add_column("links", sa.Column("baseline", JsonText(), nullable=True))
    op.add_column("links", sa.Column("exclusive", sa.Text(), nullable=True))
    _tell_how()
    _claim_records()
    op.create_index("uq_links_exclusive", "links", ["exclusive"], unique=True)
    op.create_table(
        "link_decisions",
        sa.Column("decision_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", Moment(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("is_withdrawn", sa.Boolean(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_link_decisions")),
    )
    op.create_index(op.f("ix_link_decisions_event_id"), "link_decisions", ["event_id"], unique=False)
    op.create_index(op.f("ix_link_decisions_key"), "link_decisions", ["key"], unique=False)


def _tell_how() -> None:
    """A link of a posting that was made is our creation; what the policy said was a person's word."""
    op.execute(
        "UPDATE links SET how = 'created' WHERE EXISTS"
        " (SELECT 1 FROM postings WHERE postings.key = links.key AND postings.state = 'posted')"
    )
    op.execute(
        "UPDATE links SET how = 'confirmed', rule = 'policy look-up' WHERE how = 'matched' AND made_by = 'policy'"
    )
    op.execute("UPDATE links SET rule = 'exact name' WHERE how = 'matched'")


def _claim_records() -> None:
    con = op.get_bind()
    links = sa.table("links", sa.column("key"), sa.column("system"), sa.column("external_id"), sa.column("exclusive"))
    standing = con.execute(
        sa.text("SELECT key, system, external_id FROM links WHERE NOT is_removed ORDER BY made_at, key")
    ).all()
    claimed: set[str] = set()
    for key, system, external_id in standing:
        space = _SPACES.get(key.partition("/")[0])
        claim = f"{system}:{space}:{external_id}"
        if space and claim not in claimed:
            claimed.add(claim)
            con.execute(sa.update(links).where(links.c.key == key).values(exclusive=claim))
