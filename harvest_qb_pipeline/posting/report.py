"""What a push did, as rows, counts and one line to show: the same for every room that posts.

Belongs here: the shape of the report. Must not be here: Dagster or the terminal, which print it.
"""

from collections import Counter
from typing import Any, TypeAlias

from harvest_qb_pipeline.posting.push import PushReport

Row: TypeAlias = dict[str, Any]
_STATES = ("posted", "held", "rejected", "uncertain")


def outcome(report: PushReport) -> tuple[list[Row], dict[str, int], str]:
    """A row per posting that was touched, how many rest in each state, and a line such as "4 posted, 1 rejected."."""
    rows: list[Row] = [
        {
            "document": row.key,
            "state": row.state,
            "number": row.doc_number,
            "id": row.external_id,
            "amount": row.amount,
            "currency": row.currency,
            "reason": row.reason,
        }
        for row in report.rows
    ]
    found = Counter(row.state for row in report.rows)
    summary = ", ".join(f"{count} {state}" for state, count in found.items()) or "Nothing was approved or due"
    return rows, {state: found[state] for state in _STATES}, f"{summary}."
