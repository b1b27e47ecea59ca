"""A document of several postings is undone one by one, whatever undoes each of them, and then its hours are free."""

from dataclasses import replace

import pytest

from harvest_qb_pipeline.ledger import kinds, sending
from harvest_qb_pipeline.ledger.kinds import KindRow
from harvest_qb_pipeline.ledger.model import Reversal, StoredPosting
from harvest_qb_pipeline.ledger.reversing import begin_reversal
from harvest_qb_pipeline.ledger.states import NotAllowed
from harvest_qb_pipeline_tests.ledger.books import Books, bill, twin_deleted

ME, OCTOBER = "run-1", "invoice/client-1/2026-10"
TWIN, OPEN = "twin/client-1/2026-10", "twin_open/client-1/2026-10"
VOID, CREDIT, DELETION = "invoice_void/client-1/2026-10", "credit_memo/client-1/2026-10", "twin_delete/client-1/2026-10"


@pytest.fixture
def posted(books: Books, monkeypatch: pytest.MonkeyPatch) -> Books:
    """A bill of which everything is posted, where invoices can be voided or credited."""
    invoice = kinds.planned("invoice")
    rows: list[KindRow] = [
        replace(invoice, operation="void", reverses="invoice"),
        replace(invoice, name="credit_memo", reverses="invoice"),
        replace(kinds.planned("twin_open"), operation="update", reverses="twin_open"),
    ]
    monkeypatch.setattr(kinds, "KIND", {**kinds.KIND, **{(row.name, row.operation): row for row in rows}})
    books.plan(bill())
    books.approve(OCTOBER)
    books.post(TWIN, "900")
    books.post(OCTOBER, "145")
    return books


def voided(posting: StoredPosting) -> Reversal | None:
    if posting.kind == "invoice":
        return Reversal("invoice", "void", {"Id": posting.external_id}, "Void invoice 145", "voids invoice 145")
    return twin_deleted(posting)


def credited(posting: StoredPosting) -> Reversal | None:
    if posting.kind == "invoice":
        return Reversal("credit_memo", "create", {"TotalAmt": posting.amount}, "Credit 145", "credits invoice 145")
    return twin_deleted(posting)


def test_what_depended_is_reversed_first_and_the_hours_are_free_after_the_last(posted: Books) -> None:
    deletion, void = begin_reversal(posted.ledger, OCTOBER, voided, reason="other terms")
    assert (void.key, void.kind, void.operation, void.external_id) == (VOID, "invoice", "void", "145")
    assert (deletion.key, deletion.depends_on, deletion.reverses) == (DELETION, (VOID,), TWIN)
    assert posted.ready() == [VOID]
    posted.post(VOID, "145")
    assert posted.reserved() == {"1": OCTOBER, "2": OCTOBER}
    assert posted.ready() == [DELETION]
    posted.post(DELETION, "900")
    assert posted.reserved() == {}
    assert set(posted.states().values()) == {"superseded"}
    assert posted.plan(bill()).new == 1


def test_a_counter_document_has_an_id_of_its_own(posted: Books) -> None:
    begin_reversal(posted.ledger, OCTOBER, credited, reason="other terms")
    assert posted.ready() == [CREDIT]
    posted.post(CREDIT, "146")
    posted.post(DELETION, "900")
    assert posted.reserved() == {}


def test_a_reversal_with_a_flag_frees_nothing_until_a_person_takes_it_so(posted: Books) -> None:
    begin_reversal(posted.ledger, OCTOBER, credited, reason="other terms")
    posted.post(CREDIT, "146")
    claimed = posted.begin(DELETION)
    sending.mark_posted(
        posted.ledger, claimed.posting_id, ME, external_id="900", sync_token=None, doc_number=None, flags=("odd",)
    )
    assert posted.reserved() == {"1": OCTOBER, "2": OCTOBER}
    sending.clear_flag(posted.ledger, DELETION, "odd", by="Bea", reason="looked at it")
    assert posted.reserved() == {}


def test_what_cannot_be_undone_keeps_its_document_as_it_is(posted: Books) -> None:
    with pytest.raises(NotAllowed, match="invoice/client-1/2026-10 is posted"):
        begin_reversal(posted.ledger, OCTOBER, twin_deleted, reason="late thought")
    assert posted.ready() == [OPEN]


def test_nothing_is_undone_where_nothing_was_begun(books: Books) -> None:
    books.plan(bill())
    with pytest.raises(NotAllowed, match="nothing in Harvest or QuickBooks to undo"):
        begin_reversal(books.ledger, OCTOBER, voided, reason="late thought")
