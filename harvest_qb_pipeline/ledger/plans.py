"""Recording a plan: what is derived now is compared with the ledger, document by document, in one transaction.

Belongs here: new, unchanged, changed, vanished, and what each means for revisions, holds, numbers and reservations.
Must not be here: how documents are derived (capabilities) or sent (`sending`).
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal, TypeAlias

from sqlalchemy import func, insert, literal, select, update

from harvest_qb_pipeline.ledger import releasing, revisions, rows, tables
from harvest_qb_pipeline.ledger.documents import Known, creation_hashes, newest, overall_state, unsent_keys
from harvest_qb_pipeline.ledger.events import Chain
from harvest_qb_pipeline.ledger.images import sources_sha256
from harvest_qb_pipeline.ledger.model import Document, Hold, State
from harvest_qb_pipeline.ledger.reservations import LONGEST, NumberBook, reserve
from harvest_qb_pipeline.ledger.revisions import Recorder, Revision
from harvest_qb_pipeline.ledger.states import move

Change: TypeAlias = Literal["new", "unchanged", "changed", "vanished", "cancelled", "untouched"]


@dataclass(frozen=True)
class PlanRow:
    """One document as the plan left it. `amount` is its largest posting's, in `currency`; `kinds` are its postings'."""

    document: str
    revision: int
    change: Change
    state: str
    label: str
    amount: Decimal
    currency: str
    doc_number: str | None
    sha256: str
    hold_reasons: tuple[Hold, ...]
    kinds: frozenset[str]


@dataclass(frozen=True)
class PlanResult:
    """Counts of documents by what the plan did, how many of the living are held, and a row for each."""

    plan_id: str
    new: int
    unchanged: int
    changed: int
    vanished: int
    held: int
    untouched: int
    cancelled: int
    rows: tuple[PlanRow, ...]


@dataclass(frozen=True)
class _Draft:
    """A derived document with its hashes and what the ledger has of it."""

    document: Document
    content_sha256: str
    sources_sha256: str
    known: Known | None

    @property
    def change(self) -> Change:
        if self.known is None or self.known.standing == "superseded":
            return "new"
        is_same = self.known.document.content_sha256 == self.content_sha256
        match self.known.standing:
            case "begun":
                return "untouched"
            case "cancelled":
                return "cancelled" if is_same else "changed"
            case _:
                return "unchanged" if is_same else "changed"

    @property
    def is_reserved(self) -> bool:
        return self.known is not None and self.known.document.is_reserved

    @property
    def keeps_sources(self) -> bool:
        """Whether what it has reserved is what it needs."""
        return self.change in ("untouched", "cancelled") or (self.change == "unchanged" and self.is_reserved)


def record_plan(
    chain: Chain,
    documents: Sequence[Document],
    *,
    kinds: Collection[str],
    numbers_taken: Collection[str],
    policy_sha256: str,
) -> PlanResult:
    """Make the ledger agree with `documents`, everything of `kinds` that should be in the books now and is not begun.

    Documents of these kinds that are missing are superseded if nothing of them was sent; what has begun is not touched,
    nor is any document of another kind. `numbers_taken` are the invoice numbers in Harvest and QuickBooks. Planning
    the same again changes nothing. Raises `ValueError` when two documents claim one key.
    """
    _check_keys(documents)
    keys = [document.key for document in documents]
    found = newest(chain.con, keys)
    drafts = [_draft(document, found.get(document.key)) for document in documents]
    plan = _Plan(chain, drafts, NumberBook(chain, numbers_taken, keys))
    plan_rows = [*plan.vanish(unsent_keys(chain.con, kinds) - set(keys)), *plan.settle()]
    releasing.withdraw_creations(chain)
    result = _result(plan.plan_id, plan_rows)
    _record_summary(chain, result, kinds, policy_sha256)
    return result


class _Plan:
    """The steps of one plan, inside its transaction."""

    def __init__(self, chain: Chain, drafts: Sequence[_Draft], numbers: NumberBook) -> None:
        self.chain = chain
        self.drafts = drafts
        self.numbers = numbers
        plans = chain.con.execute(select(func.count()).select_from(tables.plans)).scalar() or 0
        self.plan_id = f"plan-{plans + 1}"
        self.recorder = Recorder(chain, self.plan_id)

    def vanish(self, missing: Collection[str]) -> Iterator[PlanRow]:
        """Supersede what is no longer derived and was never sent."""
        for known in newest(self.chain.con, sorted(missing)).values():
            if known.standing != "begun":
                reason = f"no longer derived by {self.plan_id}"
                releasing.supersede(self.chain, known.document, known.members, "vanished", reason=reason)
                yield _row(known, "vanished", "superseded")

    def settle(self) -> list[PlanRow]:
        """Move reservations, then bring each document to where it belongs: creations before those who need them."""
        changed = [d.document.key for d in self.drafts if d.is_reserved and not d.keeps_sources]
        releasing.release_sources(self.chain, changed)
        unserved = [d for d in self.drafts if not d.keeps_sources]
        # Who had sources before comes first: a newcomer must not take them away.
        unserved.sort(key=lambda draft: not draft.is_reserved)
        refused = reserve(self.chain.con, [draft.document for draft in unserved])
        outside = {key for draft in self.drafts for key in revisions.outside_dependencies(draft.document.postings)}
        creations = creation_hashes(self.chain.con, outside)
        settled: list[PlanRow] = []
        for draft in _creations_first(self.drafts):
            conflict = refused.get(draft.document.key)
            row = self._settle_one(draft, conflict, creations)
            settled.append(row)
            alive = row.state not in ("superseded", "cancelled")
            creations |= {p.key: row.sha256 for p in draft.document.postings if p.key in outside and alive}
        self.recorder.flush()
        return settled

    def _settle_one(self, draft: _Draft, conflict: Hold | None, creations: Mapping[str, str]) -> PlanRow:
        known, change = draft.known, draft.change
        if known is not None and change in ("untouched", "cancelled"):
            return _row(known, change, overall_state(known.members))
        holds = [*draft.document.hold_reasons, *([conflict] if conflict else [])]
        number, number_hold = self._number(draft.document, is_held=bool(holds))
        holds += [number_hold] if number_hold else []
        needs = {key: creations.get(key) for key in revisions.outside_dependencies(draft.document.postings)}
        if known is not None and change == "unchanged":
            sha256 = revisions.document_sha256(known.document.own_sha256, needs)
            if number == known.document.doc_number and sha256 == known.document.sha256:
                return self._keep(draft, known, holds, is_reserved=conflict is None)
            change = "changed"
        revision = Revision(
            document=draft.document,
            revision=known.document.revision + 1 if known else 1,
            content_sha256=draft.content_sha256,
            sources_sha256=draft.sources_sha256,
            doc_number=number,
            holds=holds,
            is_reserved=conflict is None,
            creations=needs,
        )
        sha256 = self.recorder.record(revision, known)
        return _new_row(revision, change, sha256)

    def _number(self, document: Document, *, is_held: bool) -> tuple[str | None, Hold | None]:
        if document.number_format is None or is_held:
            return self.numbers.of(document.key), None
        if self.numbers.of(document.key) is None and len(self.numbers.upcoming(document.number_format)) > LONGEST:
            upcoming = self.numbers.upcoming(document.number_format)
            sentence = f"The next number would be {upcoming}, longer than the {LONGEST} characters QuickBooks keeps. "
            return None, Hold("number_too_long", sentence + "Shorten numbering.prefix in the policy.")
        return self.numbers.allot(document.key, document.number_format), None

    def _keep(self, draft: _Draft, known: Known, holds: Sequence[Hold], *, is_reserved: bool) -> PlanRow:
        """Same content: only hold reasons may have come or gone."""
        reasons = rows.holds_json(holds)
        to: State | None = None
        if holds and (known.standing != "held" or known.members[0].hold_reasons != reasons):
            to = "held"
            releasing.void_approval(self.chain, draft.document.key, "held: " + holds[0].sentence)
        elif not holds and known.standing == "held":
            to = "planned"
        event_id = None
        for member in known.members if to else ():
            what = "held" if to == "held" else "no longer held"
            event_id = move(self.chain, member, to or member.state, what, hold_reasons=reasons).event_id
        if is_reserved != known.document.is_reserved:
            event_id = event_id or self.chain.append("reserved", draft.document.key)
            self._note_reserved(known, is_reserved, event_id)
        return replace(_row(known, "unchanged", to or known.standing), hold_reasons=tuple(holds))

    def _note_reserved(self, known: Known, is_reserved: bool, event_id: int) -> None:
        self.chain.con.execute(
            update(tables.documents)
            .where(tables.documents.c.document_id == known.document.document_id)
            .values(is_reserved=is_reserved, event_id=event_id)
        )


def _draft(document: Document, known: Known | None) -> _Draft:
    sources_hash = sources_sha256(document.sources)
    return _Draft(document, revisions.content_sha256(document, sources_hash), sources_hash, known)


def _check_keys(documents: Sequence[Document]) -> None:
    for name, keys in (
        ("documents", [document.key for document in documents]),
        ("postings", [posting.key for document in documents for posting in document.postings]),
    ):
        double = [key for key, times in Counter(keys).items() if times > 1]
        if double:
            raise ValueError(f"The plan has several {name} with the key {double[0]}.")
    for document in documents:
        if not document.postings:
            raise ValueError(f"{document.key} has no postings.")


def _creations_first(drafts: Sequence[_Draft]) -> list[_Draft]:
    """Drafts so that whoever is depended on comes before who depends; otherwise in the given order."""
    maker = {posting.key: draft for draft in drafts for posting in draft.document.postings}
    ordered: dict[str, _Draft] = {}

    def visit(draft: _Draft, path: tuple[str, ...]) -> None:
        key = draft.document.key
        if key in path:
            raise ValueError(f"{key} depends on itself: {' → '.join([*path, key])}.")
        if key not in ordered:
            for needed in revisions.outside_dependencies(draft.document.postings):
                if needed in maker:
                    visit(maker[needed], (*path, key))
            ordered[key] = draft

    for draft in drafts:
        visit(draft, ())
    return list(ordered.values())


def _row(known: Known, change: Change, state: str) -> PlanRow:
    largest = max(known.members, key=lambda member: abs(member.amount))
    return PlanRow(
        document=known.document.document,
        revision=known.document.revision,
        change=change,
        state=state,
        label=known.document.label,
        amount=largest.amount,
        currency=largest.currency,
        doc_number=known.document.doc_number,
        sha256=known.document.sha256,
        hold_reasons=rows.holds_of(known.members[0].hold_reasons),
        kinds=frozenset(member.kind for member in known.members),
    )


def _new_row(new: Revision, change: Change, sha256: str) -> PlanRow:
    largest = max(new.document.postings, key=lambda posting: abs(posting.amount))
    return PlanRow(
        document=new.document.key,
        revision=new.revision,
        change=change,
        state=new.state,
        label=new.document.label,
        amount=largest.amount,
        currency=largest.currency,
        doc_number=new.doc_number,
        sha256=sha256,
        hold_reasons=tuple(new.holds),
        kinds=frozenset(posting.kind for posting in new.document.postings),
    )


def _result(plan_id: str, plan_rows: Sequence[PlanRow]) -> PlanResult:
    by_change = Counter(row.change for row in plan_rows)
    return PlanResult(
        plan_id=plan_id,
        new=by_change["new"],
        unchanged=by_change["unchanged"],
        changed=by_change["changed"],
        vanished=by_change["vanished"],
        held=sum(row.state == "held" for row in plan_rows),
        untouched=by_change["untouched"],
        cancelled=by_change["cancelled"],
        rows=tuple(plan_rows),
    )


def _record_summary(chain: Chain, result: PlanResult, kinds: Collection[str], policy_sha256: str) -> None:
    names = ("new", "unchanged", "changed", "vanished", "held", "untouched", "cancelled")
    counts = {name: getattr(result, name) for name in names}
    event_id = chain.append("planned", result.plan_id, after=counts, detail={"policy_sha256": policy_sha256})
    chain.con.execute(
        insert(tables.plans).values(
            plan_id=result.plan_id,
            at=chain.at,
            policy_sha256=policy_sha256,
            kinds=sorted(kinds),
            counts=counts,
            event_id=event_id,
        )
    )
    _record_shown(chain, result.plan_id)


def _record_shown(chain: Chain, plan_id: str) -> None:
    """Everything that stands as planned, of whatever kind: one plan is all that a person has to approve."""
    documents, postings, shown = tables.documents, tables.postings, tables.plan_documents
    planned = select(postings.c.document_id).where(postings.c.state == "planned", postings.c.is_newest)
    standing = select(literal(plan_id), documents.c.document, documents.c.sha256).where(
        documents.c.document_id.in_(planned)
    )
    chain.con.execute(insert(shown).from_select(["plan_id", "document", "sha256"], standing))
