"""Which posting a posting undoes, so that no kind of posting needs to be known for undoing a document.

Belongs here: the step from 0003. The one reversal there was until now deletes a twin.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_DELETION = "twin_delete/"


def upgrade() -> None:
    op.add_column("postings", sa.Column("reverses", sa.Text(), nullable=True))
    postings = sa.table("postings", sa.column("key"), sa.column("operation"), sa.column("reverses"))
    op.execute(
        sa.update(postings)
        .where(postings.c.operation == "delete", postings.c.key.like(f"{_DELETION}%"))
        .values(reverses="twin/" + sa.func.substr(postings.c.key, len(_DELETION) + 1))
    )
