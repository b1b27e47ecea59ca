"""Every move between two states, allowed or refused."""

import pytest
from sqlalchemy import update

from harvest_qb_pipeline.ledger import readiness, tables
from harvest_qb_pipeline.ledger.events import changing
from harvest_qb_pipeline.ledger.states import NotAllowed, move
from harvest_qb_pipeline_tests.ledger.books import Books, customer

STATES = ("held", "planned", "approved", "sending", "uncertain", "posted", "rejected", "superseded", "cancelled")
TABLE = """
            held planned approved sending uncertain posted rejected superseded cancelled
held        yes  yes     yes      -       -         -      -        yes        yes
planned     yes  yes     yes      -       -         -      -        yes        yes
approved    yes  yes     -        yes     -         -      -        yes        yes
sending     yes  -       yes      yes     yes       yes    yes      yes        -
uncertain   -    -       -        yes     -         -      -        yes        -
posted      -    -       -        -       -         yes    -        yes        -
rejected    yes  yes     yes      -       -         -      -        yes        yes
superseded  -    -       -        -       -         -      -        -          -
cancelled   -    -       -        -       -         -      -        -          -
"""


def cells() -> list[tuple[str, str, bool]]:
    head, *lines = (line.split() for line in TABLE.strip().splitlines())
    return [(line[0], to, cell == "yes") for line in lines for to, cell in zip(head, line[1:], strict=True)]


def test_a_posting_makes_exactly_the_moves_of_the_table(books: Books) -> None:
    books.plan(customer())
    wrong = []
    for come_from, to, is_allowed in cells():
        with changing(books.ledger) as chain:
            event_id = chain.append("put", "customer/client-1")
            chain.con.execute(update(tables.postings).values(state=come_from, event_id=event_id))
        with changing(books.ledger) as chain:
            row = readiness.newest_row(chain.con, "customer/client-1")
            try:
                move(chain, row, to, "moved")
                done = True
            except NotAllowed as refusal:
                done = f"is {come_from}; it cannot become {to}" not in str(refusal)
        if done != is_allowed:
            wrong.append((come_from, to))
    assert wrong == []
    assert {come_from for come_from, _, _ in cells()} == set(STATES)


def test_a_move_from_a_state_that_is_no_longer_true_is_refused_and_leaves_no_event(books: Books) -> None:
    books.plan(customer())
    with changing(books.ledger) as chain:
        seen = readiness.newest_row(chain.con, "customer/client-1")
    books.approve("customer/client-1")
    before = books.said("customer/client-1")
    with (
        pytest.raises(NotAllowed, match="changed by somebody else while it was planned"),
        changing(books.ledger) as chain,
    ):
        move(chain, seen, "held", "held")
    assert books.said("customer/client-1") == before
    assert books.state("customer/client-1") == "approved"
