"""What proves the rows, and which ledger this is.

Belongs here: the step from 0005. The images of the rows there are by now are written after the last step (`store`),
in the newest form.
"""

import secrets

import sqlalchemy as sa
from alembic import op

from harvest_qb_pipeline.ledger.columns import JsonText, Moment
from harvest_qb_pipeline.settings import utc_now

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("images", JsonText(), nullable=True))
    identity = op.create_table(
        "identity",
        sa.Column("ledger_id", sa.Text(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("ledger_id", name="pk_identity"),
    )
    op.execute(sa.insert(identity).values(ledger_id=secrets.token_hex(5), made_at=utc_now()))
    op.create_table(
        "takeovers",
        sa.Column("ledger_id", sa.Text(), nullable=False),
        sa.Column("taken_over_by", sa.Text(), nullable=False),
        sa.Column("taken_over_at", Moment(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("ledger_id", name="pk_takeovers"),
    )
    op.create_index("ix_takeovers_event_id", "takeovers", ["event_id"])
