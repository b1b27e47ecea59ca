"""Documents that stand in one system and were stopped on the way to the other: told first, with what helps.

Belongs here: finding them and saying what stands, what does not, and what ends it. Must not be here: other trouble with
postings (`posting.report`), printing.
"""

from collections.abc import Collection
from dataclasses import dataclass

from harvest_qb_pipeline.ledger import kinds, reading
from harvest_qb_pipeline.ledger.model import StoredPosting
from harvest_qb_pipeline.ledger.reading import StoredDocument
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.money import round_money

_REFERENCE_CODES = frozenset({"reference_gone", "610", "2500", "6250", "6430", "6440"})
"""Our hold, and the codes with which QuickBooks refuses a record that is inactive, merged or of another kind."""
_SYSTEMS = {"harvest": "Harvest", "quickbooks": "QuickBooks"}


@dataclass(frozen=True)
class HalfSent:
    """A document of which some `stands` outside while some was `stopped`; nothing moves it but a person."""

    document: StoredDocument
    stands: tuple[StoredPosting, ...]
    stopped: tuple[StoredPosting, ...]

    @property
    def money(self) -> str:
        """What people know it by: its amount, as they write it."""
        whole = max(self.document.members, key=lambda member: (kinds.is_principal(member), member.amount))
        return f"{round_money(whole.amount, whole.currency):,} {whole.currency}"

    @property
    def finish(self) -> str:
        """The command that goes on with it, once the cause is mended."""
        if any(one.state == "planned" for one in self.stopped):
            return f"harvest-qb approve {self.document.key}"
        flagged = next((one for one in self.stopped if one.flags), None)
        if flagged is not None:
            return f"harvest-qb clear {flagged.key} {flagged.flags[0]} --reason WHY"
        return f"harvest-qb retry {self.document.key}"

    @property
    def take_back(self) -> str | None:
        """The command that undoes what stands; None where it cannot be undone, or is being undone already."""
        if self.document.unwinding or not all(one.kind in kinds.REVERSIBLE for one in self.stands):
            return None
        return f"harvest-qb unwind {self.document.key} --reason WHY"

    @property
    def sentence(self) -> str:
        """Who and how much, what stands, what stopped it, and what to do."""
        half = "half undone" if self.document.unwinding else "half-sent"
        there = " and ".join(f"the {_called(one)} stands (id {one.external_id})" for one in self.stands)
        missing = " ".join(
            f"The {_called(one)} is {_state(one)}: {_reason(one)}".removesuffix(": ") + ("" if _reason(one) else ".")
            for one in self.stopped
        )
        end = f"When that is mended, `{self.finish}` finishes it"
        if any(_is_of_a_reference(one) for one in self.stopped):
            end += "; where another is named in the policy or linked instead, `harvest-qb plan` draws it anew"
        back = f"; `{self.take_back}` takes it back" if self.take_back else ""
        return f"{self.document.label}, {self.money}, is {half}: {there}. {missing} {end}{back}."


def half_sent(ledger: Ledger, of_kinds: Collection[str] | None = None) -> list[HalfSent]:
    """Every such document by its key, only with postings of these kinds if given; one that moves by itself is none."""
    found: list[HalfSent] = []
    for key in sorted(reading.begun_documents(ledger)):
        document = reading.document(ledger, key, with_sources=False)
        members = document.members if document else ()
        if document is None or any(member.state in ("sending", "uncertain") for member in members):
            continue
        stopped = tuple(one for one in members if one.state in ("rejected", "held", "planned") or one.flags)
        stands = tuple(member for member in members if member.external_id and _is_made(member, members))
        is_asked_for = of_kinds is None or any(member.kind in of_kinds for member in members)
        if stopped and stands and len(members) > 1 and is_asked_for:
            found.append(HalfSent(document, stands, stopped))
    return found


def _is_made(member: StoredPosting, members: tuple[StoredPosting, ...]) -> bool:
    """Whether it stands outside now: neither a mere reversal, nor one that a reversal has undone."""
    undone = {one.reverses for one in members if one.reverses and one.state == "posted"}
    is_gone = any(hold.code in ("deleted_elsewhere", "twin_gone") for hold in member.hold_reasons)
    return member.reverses is None and member.key not in undone and not is_gone


def _called(posting: StoredPosting) -> str:
    """`draft invoice in Harvest H2610-0042`."""
    label, system = kinds.kind_of(posting).label, _SYSTEMS[posting.target]
    return " ".join(part for part in (label, "" if system in label else f"in {system}", posting.doc_number) if part)


def _state(posting: StoredPosting) -> str:
    states = {"posted": "posted otherwise than planned", "planned": "drawn anew and waits for approval"}
    return states.get(posting.state, posting.state)


def _is_of_a_reference(posting: StoredPosting) -> bool:
    """Whether what it names cannot be used: an item, a customer, an account, terms."""
    codes = {hold.code for hold in posting.hold_reasons} | {posting.extra.get("error_code", "")}
    return posting.state in ("rejected", "held") and not codes.isdisjoint(_REFERENCE_CODES)


def _reason(posting: StoredPosting) -> str:
    held = [hold.sentence for hold in posting.hold_reasons] if posting.state == "held" else []
    flags = [f"{', '.join(posting.flags).replace('_', ' ')}."] if posting.flags else []
    return " ".join([*held, *flags, posting.error or ""]).strip()
