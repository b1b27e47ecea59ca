"""`approve --all`: somebody sees what it is about and agrees, or names what they saw."""

from collections.abc import Callable

import pytest

from harvest_qb_pipeline.cli import deciding
from harvest_qb_pipeline.ledger import reading
from harvest_qb_pipeline_tests.ledger.books import Books, bill, customer
from harvest_qb_pipeline_tests.stories.firm import Firm

Answer = Callable[[bool], list[str]]


@pytest.fixture
def books(firm: Firm) -> Books:
    """Three bills in two currencies, a customer, and one bill that waits."""
    assert firm.type("postings").code == 0
    books = Books(firm.home / "ledger.sqlite")
    books.plan(
        customer(4),
        bill(1, [1], amount="1234.50"),
        bill(2, [2], amount="65.50"),
        bill(3, [3], amount="80.00", currency="EUR"),
    )
    return books


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Somebody sits at the terminal, and answers so; the questions they were asked."""

    def answers(yes: bool) -> list[str]:
        asked: list[str] = []
        monkeypatch.setattr(deciding, "is_seen", lambda: True)
        monkeypatch.setattr(deciding, "is_agreed", lambda question: asked.append(question) or yes)
        return asked

    return answers


def planned(books: Books) -> set[str]:
    return {key for key, state in books.states().items() if state == "planned"}


def test_it_shows_every_document_and_a_total_for_each_currency_and_a_no_approves_nothing(
    firm: Firm, books: Books, answer: Answer
):
    asked = answer(False)
    before = planned(books)
    typed = firm.type("approve", "--all", "--by", "Bea")
    assert (typed.code, typed.err.strip(), len(asked)) == (1, "Nothing was done.", 1)
    assert planned(books) == before
    lines = [" ".join(line.split()) for line in typed.out.splitlines()]
    key = "invoice/client-1/2026-10"
    assert f"Client 1, 2026-10 $1,234.50 {key}@{reading.hashes(books.ledger, [key])[key][:8]}" in lines
    assert {"Total EUR €80.00", "Total USD $1,300.00"} <= set(lines)
    assert f"Plan {reading.latest_plan(books.ledger)}: 4 documents to approve" in typed.out


def test_a_yes_approves_what_was_shown(firm: Firm, books: Books, answer: Answer):
    assert answer(True) == []
    assert firm.type("approve", "--all", "--by", "Bea").code == 0
    assert planned(books) == set()


def test_yes_may_be_said_before(firm: Firm, books: Books, answer: Answer):
    asked = answer(False)
    typed = firm.type("approve", "--all", "--yes", "--by", "Bea")
    assert (typed.code, asked) == (0, [])
    assert "Total USD" in typed.out
    assert planned(books) == set()


def test_where_nobody_sees_it_the_plan_has_to_be_named(firm: Firm, books: Books):
    before = planned(books)
    for words in (("--all",), ("--all", "--yes")):
        typed = firm.type("approve", *words)
        assert (typed.code, typed.out) == (2, "")
        assert "--plan PLAN" in typed.err
    assert planned(books) == before
    plan_id = reading.latest_plan(books.ledger)
    typed = firm.type("approve", "--all", "--plan", str(plan_id), "--by", "Bea")
    assert typed.code == 0
    assert "4 documents approved." in typed.out


def test_what_changed_since_the_plan_that_is_named_is_neither_shown_nor_approved(firm: Firm, books: Books):
    shown = str(reading.latest_plan(books.ledger))
    books.plan(customer(4), bill(1, [1], amount="1234.50"), bill(2, [2, 5], amount="165.50"))
    typed = firm.type("approve", "--all", "--plan", shown, "--by", "Bea")
    assert typed.code == 0
    assert "Total USD" in typed.out
    assert "$1,234.50" in typed.out
    assert "165.50" not in typed.out
    assert books.state("invoice/client-1/2026-10") == "approved"
    assert books.state("invoice/client-2/2026-10") == "planned"


@pytest.mark.parametrize(
    ("currency", "amount", "said"),
    [
        ("USD", "7.005", "which has 2 decimals"),
        ("JPY", "-150.5", "which has no decimals"),
        ("KWD", "1.0005", "which has 3 decimals"),
        ("USD", "1E+30", "cannot be meant"),
        ("USD", "1e-9", "which has 2 decimals"),
    ],
)
def test_an_adjustment_has_the_decimals_of_its_currency(firm: Firm, currency: str, amount: str, said: str):
    assert firm.type("postings").code == 0
    books = Books(firm.home / "ledger.sqlite")
    key = books.plan(bill(6, [9], amount="900", currency=currency)).rows[0].document
    typed = firm.type("adjust", key, f"--amount={amount}", "--reason", "Goodwill")
    assert typed.code == 1
    assert said in typed.err
    assert books.state(key) == "planned"


@pytest.mark.parametrize(
    ("currency", "amount"), [("USD", "-7.5"), ("USD", "-7.500"), ("JPY", "-150"), ("KWD", "1.005")]
)
def test_an_amount_that_the_currency_has_is_taken(firm: Firm, currency: str, amount: str):
    assert firm.type("postings").code == 0
    books = Books(firm.home / "ledger.sqlite")
    key = books.plan(bill(6, [9], amount="900", currency=currency)).rows[0].document
    typed = firm.type("adjust", key, f"--amount={amount}", "--reason", "Goodwill")
    assert (typed.code, typed.err) == (0, "")
    assert books.state(key) == "held"


def test_a_flag_that_a_posting_does_not_carry_is_refused_and_the_others_named(firm: Firm, books: Books):
    key = "invoice/client-1/2026-10"
    typed = firm.type("clear", key, "flag_of_mine", "--reason", "Seen")
    assert typed.code == 1
    assert f"{key} does not carry the flag 'flag_of_mine'. It carries none." in typed.err
    assert books.state(key) == "planned"
