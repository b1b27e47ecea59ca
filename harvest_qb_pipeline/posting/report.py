"""What a push did, and what of it needs a person: rows, counts and sentences, the same for every room that posts.

Belongs here: the shape of the report. Must not be here: Dagster or the terminal, which print it.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from harvest_qb_pipeline.ledger import reading
from harvest_qb_pipeline.ledger.half_sent import HalfSent, half_sent
from harvest_qb_pipeline.ledger.model import StoredPosting
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.money import round_money
from harvest_qb_pipeline.posting.push import PushReport, row_of

ReportRow: TypeAlias = dict[str, Any]
_STATES = ("posted", "held", "rejected", "uncertain")


def outcome(report: PushReport) -> tuple[list[ReportRow], dict[str, int], str]:
    """A row per posting that was touched, how many rest in each state, and a line such as "4 posted, 1 rejected."."""
    rows: list[ReportRow] = [
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


@dataclass(frozen=True)
class Trouble:
    """A posting that did not end as planned; `label` names its document as people do.

    `half` is its document where that is half-sent; `is_unsent` where nothing of an approved document was sent.
    """

    label: str
    posting: StoredPosting
    half: HalfSent | None = None
    is_unsent: bool = False

    @property
    def reason(self) -> str:
        """What happened and what to mend, as the ledger has it."""
        return row_of(self.posting).reason

    @property
    def sentence(self) -> str:
        """Who and how much, what happened, and the remedy."""
        if self.half is not None:
            return self.half.sentence
        posting = self.posting
        money = f", {round_money(posting.amount, posting.currency):,} {posting.currency}" if posting.amount else ""
        remedy = {
            "rejected": f" When that is mended, retry {posting.key}.",
            "held": f" When that is mended, retry {posting.key}.",
            "posted": f" When both agree, clear {posting.key}.",
        }.get(posting.state, "")
        if self.is_unsent:
            remedy = f" When that is mended, plan again and approve {posting.document}."
        return f"{self.label}{money}: {posting.state}. {self.reason}{remedy}"


@dataclass(frozen=True)
class Troubles:
    """What was rejected, stopped half-way or differs; and what may have arrived or not."""

    refused: tuple[Trouble, ...]
    uncertain: tuple[Trouble, ...]


def troubles(ledger: Ledger, kinds: Collection[str]) -> Troubles:
    """Postings of these kinds that did not end as planned, whichever push sent them; what is half-sent comes first."""
    begun = reading.begun_documents(ledger)
    stopped = [posting for posting in reading.postings(ledger, state="held") if posting.document in begun]
    unsent = {posting.document: posting for posting in reading.held_when_sent(ledger)}
    halves = {half.document.key: half for half in half_sent(ledger)}
    drawn_anew = [one for half in halves.values() for one in half.stopped if one.state == "planned"]
    refused = [
        *(*reading.postings(ledger, state="rejected"), *stopped, *reading.flagged(ledger)),
        *(*drawn_anew, *unsent.values()),
    ]
    refused.sort(key=lambda posting: posting.document not in halves)
    uncertain = reading.postings(ledger, state="uncertain")
    labels = reading.labels(ledger, {posting.document for posting in (*refused, *uncertain)})

    def told(found: Iterable[StoredPosting]) -> tuple[Trouble, ...]:
        return tuple(
            Trouble(labels.get(one.document, one.document), one, halves.get(one.document), one.document in unsent)
            for one in found
            if one.kind in kinds
        )

    return Troubles(told(refused), told(uncertain))
