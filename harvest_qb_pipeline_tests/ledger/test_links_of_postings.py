"""Links that are made with a posting, and those that matching or a person made meanwhile."""

import pytest

from harvest_qb_pipeline.ledger import documents, links, releasing, sending
from harvest_qb_pipeline.ledger.events import changing
from harvest_qb_pipeline.ledger.states import NotAllowed
from harvest_qb_pipeline_tests.ledger.books import (
    ACME,
    BEKO,
    Books,
    customer,
    everything,
    put_link,
    standing,
)


def begun(books: Books) -> int:
    """A new customer whose bytes have just left."""
    books.plan(customer())
    books.approve(ACME)
    return books.begin(ACME).posting_id


def finish(books: Books, posting_id: int, external_id: str, **more: object) -> None:
    sending.mark_posted(
        books.ledger, posting_id, "run-1", external_id=external_id, sync_token="0", doc_number=None, **more
    )


def test_what_was_posted_may_be_what_matching_linked_meanwhile(books: Books) -> None:
    posting_id = begun(books)
    put_link(books.ledger, ACME, "58", by="matching", how="matched", rule="exact name")
    finish(books, posting_id, "58")
    assert books.state(ACME) == "posted"
    assert [(link.external_id, link.how, link.made_by) for link in links.links(books.ledger)] == [
        ("58", "matched", "matching")
    ]


@pytest.mark.parametrize(
    ("key", "record", "sentence"),
    [
        (ACME, "59", f"{ACME} is already linked to quickbooks 59, not 58"),
        (BEKO, "58", f"QuickBooks id 58 is linked to {BEKO} already, so it cannot be {ACME} as well"),
    ],
)
def test_what_was_posted_is_not_linked_against_what_matching_linked_meanwhile(
    books: Books, key: str, record: str, sentence: str
) -> None:
    posting_id = begun(books)
    put_link(books.ledger, key, record, by="matching", how="matched")
    before = everything(books)
    with pytest.raises(NotAllowed, match=sentence):
        finish(books, posting_id, "58")
    assert everything(books) == before
    assert books.state(ACME) == "sending"


def test_what_was_found_before_it_was_sent_is_adopted_with_its_further_links(books: Books) -> None:
    finish(books, begun(books), "58", how="adopted", links=[("client/customer-58", "harvest", "7")])
    assert [(link.key, link.system, link.external_id, link.how) for link in links.links(books.ledger)] == [
        ("client/customer-58", "harvest", "7", "adopted"),
        (ACME, "quickbooks", "58", "adopted"),
    ]


def test_a_further_link_that_is_refused_undoes_the_whole_step(books: Books) -> None:
    posting_id = begun(books)
    put_link(books.ledger, "client/customer-1", "7", by="Bea", system="harvest")
    with pytest.raises(NotAllowed, match="Harvest id 7 is linked to client/customer-1 already"):
        finish(books, posting_id, "58", links=[("client/customer-58", "harvest", "7")])
    assert books.state(ACME) == "sending"
    assert links.resolve(books.ledger, ACME) is None


def test_a_superseded_document_frees_its_record(books: Books) -> None:
    finish(books, begun(books), "58")
    with changing(books.ledger) as chain:
        document = documents.newest(chain.con, [ACME])[ACME]
        releasing.supersede(chain, document.document, document.members, "unwound", reason="deleted")
    assert standing(books) == {}
    links.confirm_link(books.ledger, BEKO, "58", by="Bea")
    assert standing(books) == {BEKO: "58"}
