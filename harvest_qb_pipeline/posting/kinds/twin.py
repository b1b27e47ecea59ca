"""The twin: the draft invoice in Harvest that claims the hours, made by import and then given our lines.

Only Harvest's import claims hours atomically, so the twin goes first; while it is an untouched draft it can be undone.

Each fresh read serves every check until the next write: the list of the window tells what an import would take and
where its entries stand; the answer to the POST has the imported lines; the list of the day has the finished twin and
any second one.
"""

from collections.abc import Iterator
from decimal import Decimal

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger.model import Hold, Reversal, StoredPosting
from harvest_qb_pipeline.posting.kind import (
    Absent,
    Blocked,
    Completed,
    Context,
    Finding,
    Present,
    ReadContext,
    Result,
    Unwind,
)
from harvest_qb_pipeline.posting.kinds.entries import (
    changed_among,
    entries_on,
    isolation_hold,
    needs_approval,
    planned_entries,
    window_of,
)
from harvest_qb_pipeline.posting.kinds.fields import flags_of
from harvest_qb_pipeline.posting.kinds.harvest import HarvestRecord
from harvest_qb_pipeline.posting.kinds.lines import line_changes
from harvest_qb_pipeline.posting.kinds.twin_content import (
    is_empty,
    is_of_client,
    is_open_to_undo,
    is_ours,
    is_untouched,
)
from harvest_qb_pipeline.transport.faults import NotFound, Refused

_ROUNDS = 5


class TwinKind(HarvestRecord):
    """One Harvest invoice made by import and then given our lines."""

    def foresee(self, look: ReadContext) -> None:
        look.reads.entries.expect({window_of(look.payload)})

    def find(self, context: Context) -> Finding:
        """By where one source entry stands, then by number among the client's invoices of that issue day.

        Before any attempt of ours, only an invoice with just our hours is ours: one whose ledger was lost. Harvest
        proposes the next number, so that a person's invoice may well bear the number we chose: it is ours only with our
        subject, too.
        """
        number = str(context.payload["invoice"]["number"])
        holder = self._holder(context)
        if holder and str(holder["number"]) != number:
            return Blocked(_billed_elsewhere(context, holder))
        ours = [holder] if holder else self._numbered(context, number)
        if not ours:
            return Absent()
        if len(ours) > 1:
            return Blocked(_two_twins(number, ours))
        external_id = str(ours[0]["id"])
        if external_id == context.posting.external_id:
            return Present(external_id)
        has_hours = _hours_on(context, external_id) == planned_entries(context.posting.sources)
        twin = self.read(context, external_id) if has_hours or context.door.has_tried else ours[0]
        if twin is None:
            return Absent()
        is_adopted = (has_hours or context.door.has_tried) and is_ours(twin, context.payload["invoice"])
        return Present(external_id) if is_adopted else Blocked(_number_taken(number, external_id))

    def preflight(self, look: ReadContext) -> Hold | None:
        if look.facts.has_twin:
            return None
        return Hold(
            "policy_changed",
            'The policy now says twin = "none", and this document was planned with a twin. Plan again; nothing was '
            "sent.",
        )

    def prepare(self, context: Context) -> Hold | None:
        """By a list that may be a little old, or of all windows; what it says against sending is read again."""
        hold = self.preflight(context)
        for entries in () if hold else _looks(context):
            hold = isolation_hold(context.posting.sources, entries, needs_approval=needs_approval(context))
            if hold is None:
                break
        return hold

    def create(self, context: Context) -> str:
        invoice = context.payload["invoice"]
        try:
            made = context.door.harvest_create(self.path, invoice, lambda made: is_ours(made, invoice))
            return str(made["id"])
        finally:
            context.reads.entries.written(window_of(context.payload).client_id)

    def verify(self, context: Context, external_id: str) -> Result:
        twin = context.door.made or self.read(context, external_id)
        if twin and not is_of_client(twin, context.payload["invoice"]):
            return Blocked(_another_client(twin))
        if twin and (differing := self._differing(context, external_id)):
            return differing
        if twin and twin["state"] == "draft":
            twin = self._give_lines(context, twin)
        twin = twin and self._finished(context, twin)
        if twin is None:
            return Blocked(_twin_gone(context, external_id))
        second = self._remove_second(context, external_id)
        return Blocked(second) if second else _compared(context, twin)

    def reversal(self, posting: StoredPosting) -> Reversal:
        """While it is an untouched draft it is deleted; whether it is, is seen just before."""
        twin_id = str(posting.external_id)
        payload: JsonObject = {"invoice_id": twin_id, "invoice": posting.payload["invoice"]}
        return Reversal("twin", "delete", payload, f"Delete the draft twin {twin_id}", f"deletes twin {twin_id}")

    def _differing(self, context: Context, external_id: str) -> Result | None:
        """What to do where the twin has other entries than planned, or they changed; None where it is as it should be.

        What the list of all windows says against it is read again for this one.
        """
        planned, taken, changed = planned_entries(context.posting.sources), set[str](), list[str]()
        entries: list[JsonObject] = []
        for entries in _looks(context):
            taken = entries_on(entries, external_id)
            changed = _changed(context, entries) if context.door.has_made else []
            if (taken, changed) == (planned, []):
                return None
        twin = self.read(context, external_id)
        if twin is None:
            return Blocked(_twin_gone(context, external_id))
        held = [entry for entry in entries if str(entry["id"]) in taken]
        what = _set_differs(taken, planned, changed)
        if is_untouched(twin, context.payload["invoice"], held, context.door.made):
            return Unwind(external_id, f"The import took other entries than planned ({what}).")
        return Blocked(_twin_differs(twin, what))

    def _give_lines(self, context: Context, twin: JsonObject) -> JsonObject | None:
        """Overwrite imported lines by ours until a read-back shows no difference; PATCH appends, so read each time."""
        for _ in range(_ROUNDS):
            changes = line_changes(context.payload["lines"], twin["line_items"])
            if not changes:
                break
            refusal: Refused | None = None
            try:
                context.door.harvest_change("PATCH", f"{self.path}/{twin['id']}", {"line_items": changes})
            except Refused as refused:
                refusal = refused
            seen = _listed(context, str(twin["id"]))
            if seen is None or line_changes(context.payload["lines"], seen["line_items"]):
                seen = self.read(context, str(twin["id"]))
            # A refusal is believed only where what was refused has not happened (rule 53).
            if refusal and (seen is None or line_changes(context.payload["lines"], seen["line_items"])):
                raise refusal
            if seen is None:
                return None
            twin = seen
        return twin

    def _finished(self, context: Context, twin: JsonObject) -> JsonObject | None:
        """The twin as a read after our last write has it: also where its imported lines were ours already."""
        is_answer = twin is context.door.made
        return _listed(context, str(twin["id"])) or self.read(context, str(twin["id"])) if is_answer else twin

    def _numbered(self, context: Context, number: str) -> list[JsonObject]:
        invoice = context.payload["invoice"]
        found = context.reads.harvest_invoices_of(str(invoice["issue_date"]), after=context.after)
        client_id = int(invoice["client_id"])
        return [
            record for record in found if str(record["number"]) == number and int(record["client"]["id"]) == client_id
        ]

    def _holder(self, context: Context) -> JsonObject | None:
        """The invoice that has our first entry, `{id, number}`, whatever day and number it has by now."""
        first = next((source for source in context.posting.sources if source.type == "time_entry"), None)
        if first is None:
            return None
        entries = context.reads.entries.within(window_of(context.payload), after=context.after)
        entry = next((entry for entry in entries if str(entry["id"]) == first.id), None)
        if entry is not None:
            return entry.get("invoice")
        try:
            # Moved to another day or project, it may stand on an invoice all the same.
            return context.harvest.get(f"/time_entries/{first.id}").get("invoice")
        except NotFound:
            return None

    def _remove_second(self, context: Context, external_id: str) -> Hold | None:
        """Harvest has no idempotency: a second draft of ours that bills nothing goes, anything else is for a person."""
        number = str(context.payload["invoice"]["number"])
        others = [record for record in self._numbered(context, number) if str(record["id"]) != external_id]
        for listed in others:
            other = self.read(context, str(listed["id"]))
            if other is None:
                continue
            is_second = is_ours(other, context.payload["invoice"]) and is_open_to_undo(other) and is_empty(other)
            if not is_second or _hours_on(context, str(other["id"])):
                return _two_twins(number, others)
            try:
                context.door.harvest_change("DELETE", f"{self.path}/{other['id']}", None)
            except NotFound:
                continue
        return None


def _changed(context: Context, entries: list[JsonObject]) -> list[str]:
    return changed_among(context.posting.sources, entries, needs_approval=needs_approval(context))


def _hours_on(context: Context, invoice_id: str) -> set[str]:
    """Ids of the entries of our window that this invoice has."""
    return entries_on(context.reads.entries.within(window_of(context.payload), after=context.after), invoice_id)


def _listed(context: Context, invoice_id: str) -> JsonObject | None:
    """An invoice as the list of its day has it, read after our last write; None where somebody moved it."""
    day = str(context.payload["invoice"]["issue_date"])
    return context.reads.harvest_invoice(invoice_id, day, after=context.after)


def _looks(context: Context) -> Iterator[list[JsonObject]]:
    """Entries of our window, by a list that may be of all windows; then, where that speaks against it, of this one."""
    for read in (context.reads.entries.within, context.reads.entries.alone):
        yield read(window_of(context.payload), after=context.after)


def _set_differs(taken: set[str], planned: set[str], changed: list[str]) -> str:
    missing, surplus = sorted(planned - taken), sorted(taken - planned)
    return "; ".join(
        f"{label}: {', '.join(ids[:5])}{' ...' if len(ids) > 5 else ''}"
        for label, ids in (
            ("not on it", missing),
            ("on it but not planned", surplus),
            ("changed since they were planned", changed),
        )
        if ids
    )


def _twin_differs(twin: JsonObject, what: str) -> Hold:
    return Hold(
        "twin_differs",
        f"Harvest invoice {twin['number']} does not hold exactly the planned entries ({what}) and somebody has changed "
        "it since. Put its time right in Harvest and retry, or delete it there and unwind this document.",
    )


def _another_client(twin: JsonObject) -> Hold:
    return Hold(
        "not_ours",
        f"Harvest invoice {twin['number']} (id {twin['id']}) is for another client than this document. Nothing of it "
        "was changed. See who gave it to that client; then retry, or unwind this document.",
    )


def _compared(context: Context, twin: JsonObject) -> Completed:
    amount = Decimal(str(twin["amount"]))
    flags = flags_of(
        total_differs=amount == context.posting.amount,
        number_differs=str(twin["number"]) == str(context.payload["invoice"]["number"]),
    )
    return Completed(
        str(twin["id"]),
        doc_number=str(twin["number"]),
        flags=flags,
        detail=f"Harvest stored {amount}"
        + (f"; planned was {context.posting.amount}" if flags else "")
        + f"; its projects are locked for staff to {window_of(context.payload).to_on}",
    )


def _twin_gone(context: Context, external_id: str) -> Hold:
    number = context.payload["invoice"]["number"]
    return Hold(
        "twin_gone",
        f"Harvest invoice {number} (id {external_id}) that we made was deleted by somebody. Its hours stay consumed: "
        "`harvest-qb unwind` frees them to be billed again.",
    )


def _billed_elsewhere(context: Context, holder: JsonObject) -> Hold:
    first = next(source for source in context.posting.sources if source.type == "time_entry")
    return Hold(
        "billed_elsewhere",
        f"Entry {first.id} ({first.person}, {first.day}) is on Harvest invoice {holder['number']} "
        f"(id {holder['id']}), which is not ours. Sync and plan again; nothing was sent.",
    )


def _number_taken(number: str, invoice_id: str) -> Hold:
    return Hold(
        "number_taken",
        f"Harvest has an invoice {number} of this client already (id {invoice_id}), made by somebody else: it does "
        "not have the planned hours. Give it another number there, then plan again; nothing was sent.",
    )


def _two_twins(number: str, records: list[JsonObject]) -> Hold:
    ids = ", ".join(str(record["id"]) for record in records)
    return Hold(
        "twin_twice",
        f"Harvest has more than one invoice {number} (ids {ids}). Delete the one that is not wanted, then push again.",
    )


KIND = TwinKind
