"""Invoices of the Harvest twin: sums, due days, lines, numbers, states, messages and payments."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.sandbox.harvest.records import InvoiceLine
from harvest_qb_pipeline.sandbox.harvest.rules import totals
from harvest_qb_pipeline_tests.sandbox.harvest_account import Account, refusal


@pytest.fixture
def account() -> Account:
    return Account()


def line(price: Json = "100", quantity: Json = 1, **fields: Json) -> JsonObject:
    return {"kind": "Service", "unit_price": price, "quantity": quantity, **fields}


@pytest.mark.parametrize(
    ("lines", "percents", "expected"),
    [
        ([(2, "100"), (1, "100")], {"discount": 10, "tax": 5, "tax2": 2}, ("30.00", "13.50", "5.40", "288.90")),
        ([(1, "80.1")], {"discount": 4}, ("3.20", "0.00", "0.00", "76.90")),
        ([(1, "10000")], {"tax": 5, "tax2": 2}, ("0.00", "500.00", "200.00", "10700.00")),
        ([("1.25", "0.575")], {}, ("0.00", "0.00", "0.00", "0.72")),
        ([("0.5", "0.01")], {}, ("0.00", "0.00", "0.00", "0.01")),
    ],
)
def test_sums_agree_with_documented_invoices(
    account: Account, lines: list[tuple[Json, str]], percents: JsonObject, expected: tuple[str, ...]
) -> None:
    items = [line(price, quantity, taxed=True, taxed2=True) for quantity, price in lines]
    invoice = account.invoice(line_items=items, **percents)
    found = tuple(f"{invoice[name]:.2f}" for name in ("discount_amount", "tax_amount", "tax2_amount", "amount"))
    assert found == expected
    assert invoice["due_amount"] == invoice["amount"]


def test_a_discount_is_shared_between_taxed_and_untaxed_lines(account: Account) -> None:
    invoice = account.invoice(line_items=[line("100", taxed=True), line("300")], tax=10, discount=25)
    assert (invoice["discount_amount"], invoice["tax_amount"], invoice["amount"]) == (
        100,
        Decimal("7.5"),
        Decimal("307.5"),
    )


CENTS = st.decimals(min_value=-1000, max_value=1000, places=2)
HOURS = st.decimals(min_value=0, max_value=200, places=2)
PERCENT = st.decimals(min_value=0, max_value=100, places=1)


@given(
    st.lists(st.tuples(HOURS, CENTS, st.booleans(), st.booleans()), max_size=8),
    PERCENT,
    PERCENT,
    PERCENT,
)
def test_sums_are_whole_cents_and_add_up_and_do_not_depend_on_the_order_of_lines(
    rows: list[tuple[Decimal, Decimal, bool, bool]], discount: Decimal, tax: Decimal, tax2: Decimal
) -> None:
    lines = [
        InvoiceLine(n, "Service", quantity=quantity, unit_price=price, taxed=taxed, taxed2=taxed2)
        for n, (quantity, price, taxed, taxed2) in enumerate(rows)
    ]
    sums = totals(lines, discount=discount, tax=tax, tax2=tax2)
    cent = Decimal("0.01")
    assert sums.subtotal == sum((q * p).quantize(cent, rounding=ROUND_HALF_UP) for q, p, _, _ in rows)
    assert sums.amount == sums.subtotal - sums.discount_amount + sums.tax_amount + sums.tax2_amount
    assert sums.amount == sums.amount.quantize(cent)
    assert totals(lines[::-1], discount=discount, tax=tax, tax2=tax2) == sums
    if all(taxed for _, _, taxed, _ in rows):
        exact = (sums.subtotal - sums.discount_amount) * tax / 100
        assert abs(sums.tax_amount - exact) <= cent / 2


@pytest.mark.parametrize(
    ("fields", "term", "due"),
    [
        ({}, "custom", "2026-10-31"),
        ({"due_date": "2026-11-20"}, "custom", "2026-11-20"),
        ({"payment_term": "custom", "due_date": "2026-11-20"}, "custom", "2026-11-20"),
        ({"payment_term": "upon receipt", "due_date": "2026-11-20"}, "upon receipt", "2026-10-31"),
        ({"payment_term": "net 15"}, "net 15", "2026-11-15"),
        ({"payment_term": "net 60", "due_date": "2026-11-20"}, "net 60", "2026-12-30"),
    ],
)
def test_the_term_decides_the_due_day_unless_it_is_custom(
    account: Account, fields: JsonObject, term: str, due: str
) -> None:
    invoice = account.invoice(issue_date="2026-10-31", **fields)
    assert (invoice["payment_term"], invoice["due_date"]) == (term, due)


def test_numbers_count_up_from_the_highest_and_are_unique(account: Account) -> None:
    assert [account.invoice(number=number)["number"] for number in ("41", "H2610-0042", None)] == [
        "41",
        "H2610-0042",
        "42",
    ]
    taken = {"status": 422, "body": {"message": "Number has already been taken"}}
    assert refusal(account, "POST", "/invoices", {"client_id": account.acme, "number": "H2610-0042"}) == taken
    first = account.rows("/invoices", "invoices")[-1]
    assert refusal(account, "PATCH", f"/invoices/{first['id']}", {"number": "42"}) == taken
    account.call("PATCH", f"/invoices/{first['id']}", {"number": "41", "subject": "Same number"})
    account.call("DELETE", f"/invoices/{first['id']}")
    assert account.invoice(number="41")["number"] == "41"


def test_numbers_may_be_accepted_twice() -> None:
    account = Account(invoice_number_unique=False)
    assert [account.invoice(number="7")["number"] for _ in range(2)] == ["7", "7"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"client_id": None}, "Client can't be blank"),
        ({"client_id": 5}, "Client can't be blank"),
        ({"payment_term": "net 7"}, "Payment term is not included in the list"),
        ({"issue_date": "soon"}, "Issue date is not a valid date"),
        ({"tax": "much", "issue_date": "soon"}, "Issue date is not a valid date, Tax is not a number"),
        ({"currency": "dollars"}, "Currency is not included in the list"),
        ({"payment_options": ["cash"]}, "Payment options is invalid"),
        ({"notes": "x" * 65_536}, "Notes is too long (maximum is 65535 characters)"),
        ({"retainer_id": 5}, "Retainer can't be blank"),
        ({"line_items": [{"kind": "Gift", "unit_price": 1}]}, "Kind is not included in the list"),
        ({"line_items": [{"unit_price": 1}]}, "Kind can't be blank, Kind is not included in the list"),
        ({"line_items": [line(project_id=1)]}, "Project does not belong to the client"),
        ({"line_items": [line("abc")]}, "Unit price is not a number"),
    ],
)
def test_a_wrong_invoice_is_refused_with_all_its_faults_in_one_sentence(
    account: Account, fields: JsonObject, message: str
) -> None:
    answer = refusal(account, "POST", "/invoices", {"client_id": account.acme, **fields})
    assert answer == {"status": 422, "body": {"message": message}}
    assert account.rows("/invoices", "invoices") == []


def test_a_refusal_repeats_its_message_in_a_header(account: Account) -> None:
    answer = account.ask("POST", "/invoices", {})
    assert answer.headers["Hint"] == "Client can't be blank"


def test_a_patch_changes_lines_with_an_id_and_appends_the_others(account: Account) -> None:
    invoice = account.invoice(line_items=[line("10", description="one"), line("20", description="two")])
    one, two = (item["id"] for item in invoice["line_items"])
    changed = account.call(
        "PATCH",
        f"/invoices/{invoice['id']}",
        {
            "line_items": [
                {"id": one, "quantity": "2.5"},
                {"id": two, "_destroy": True},
                line("30", description="three"),
                {"kind": "Service"},
            ]
        },
    )
    assert [(item["id"] == one, item["description"], item["amount"]) for item in changed["line_items"]] == [
        (True, "one", 25),
        (False, "three", 30),
    ]
    again = account.call("PATCH", f"/invoices/{invoice['id']}", {"line_items": [line("30", description="three")]})
    assert len(again["line_items"]) == 3
    assert again["amount"] == 85


def test_a_patch_that_is_refused_changes_nothing(account: Account) -> None:
    invoice = account.invoice(line_items=[line("10")])
    own = invoice["line_items"][0]["id"]
    for items in (
        [{"id": own, "quantity": 5}, {"id": 1, "quantity": 5}],
        [{"id": own, "quantity": 5}, line("1", kind="?")],
    ):
        answer = refusal(account, "PATCH", f"/invoices/{invoice['id']}", {"subject": "New", "line_items": items})
        assert answer["status"] == 422
    assert account.get(f"/invoices/{invoice['id']}") == invoice


def test_a_patch_leaves_absent_fields_and_ignores_what_cannot_be_set(account: Account) -> None:
    invoice = account.invoice(subject="Subject", notes="Notes", payment_term="net 30")
    changed = account.call(
        "PATCH", f"/invoices/{invoice['id']}", {"notes": None, "state": "paid", "amount": 5, "nonsense": 1}
    )
    assert changed == {**invoice, "notes": None}


def event(account: Account, invoice_id: int, kind: str) -> JsonObject:
    account.later()
    account.call("POST", f"/invoices/{invoice_id}/messages", {"event_type": kind})
    return account.get(f"/invoices/{invoice_id}")


def test_an_invoice_goes_from_draft_to_open_to_closed_and_back(account: Account) -> None:
    invoice_id = account.invoice()["id"]
    names = ("state", "sent_at", "closed_at", "updated_at")
    story = [
        tuple(invoice[name] for name in names)
        for invoice in (event(account, invoice_id, kind) for kind in ("send", "close", "re-open", "draft"))
    ]
    assert story == [
        ("open", "2026-11-03T17:01:00Z", None, "2026-11-03T17:01:00Z"),
        ("closed", "2026-11-03T17:01:00Z", "2026-11-03T17:02:00Z", "2026-11-03T17:02:00Z"),
        ("open", "2026-11-03T17:01:00Z", None, "2026-11-03T17:03:00Z"),
        ("draft", None, None, "2026-11-03T17:04:00Z"),
    ]
    messages = account.rows(f"/invoices/{invoice_id}/messages?per_page=1", "invoice_messages")
    assert [(message["event_type"], message["recipients"]) for message in messages] == [
        ("draft", []),
        ("re-open", []),
        ("close", []),
        ("send", []),
    ]


@pytest.mark.parametrize(
    ("before", "kind", "message"),
    [
        ([], "close", "Event type can't be close unless invoice is open"),
        ([], "re-open", "Event type can't be re-open unless invoice is closed"),
        ([], "draft", "Event type can't be draft unless invoice is open"),
        ([], "view", "Event type is not included in the list"),
        (["send"], "send", "Event type can't be send unless invoice is a draft"),
        (["send", "close"], "send", "Event type can't be send unless invoice is a draft"),
        (["send", "close"], "draft", "Event type can't be draft unless invoice is open"),
    ],
)
def test_an_event_that_does_not_fit_the_state_is_refused(
    account: Account, before: list[str], kind: str, message: str
) -> None:
    invoice_id = account.invoice()["id"]
    for each in before:
        event(account, invoice_id, each)
    invoice = account.get(f"/invoices/{invoice_id}")
    answer = refusal(account, "POST", f"/invoices/{invoice_id}/messages", {"event_type": kind})
    assert answer == {"status": 422, "body": {"message": message}}
    assert account.get(f"/invoices/{invoice_id}") == invoice


def test_a_message_without_an_event_is_an_email_that_opens_the_invoice(account: Account) -> None:
    invoice_id = account.invoice()["id"]
    path = f"/invoices/{invoice_id}/messages"
    assert refusal(account, "POST", path, {"body": "Hello"})["body"] == {"message": "Recipients can't be blank"}
    nobody = {"recipients": [{"name": "R", "email": "r@example.com"}]}
    assert refusal(account, "POST", path, nobody)["body"] == {"message": "Body can't be blank"}
    assert account.get(f"/invoices/{invoice_id}")["state"] == "draft"
    account.call("POST", path, {**nobody, "body": "Hello"})
    account.later()
    account.call("POST", path, {"send_me_a_copy": True, "body": "Again"})
    invoice = account.get(f"/invoices/{invoice_id}")
    assert (invoice["state"], invoice["sent_at"]) == ("open", "2026-11-03T17:01:00Z")


def test_payments_settle_an_open_invoice_and_may_turn_a_draft_into_a_paid_one(account: Account) -> None:
    invoice_id = account.invoice(line_items=[line("100")])["id"]

    def pay(amount: str) -> tuple[Json, ...]:
        account.later()
        account.books.ui_create(
            "invoice_payments", {"invoice_id": invoice_id, "amount": amount, "paid_date": "2026-11-02"}
        )
        found = account.get(f"/invoices/{invoice_id}")
        return tuple(found[name] for name in ("state", "due_amount", "paid_at", "paid_date", "sent_at", "updated_at"))

    assert pay("40") == ("draft", 60, None, None, None, "2026-11-03T17:01:00Z")
    assert pay("60") == ("paid", 0, "2026-11-02T00:00:00Z", "2026-11-02", None, "2026-11-03T17:02:00Z")
    last = account.books.dump("invoice_payments")[-1]
    account.books.ui_delete("invoice_payments", str(last["id"]))
    unpaid = account.get(f"/invoices/{invoice_id}")
    assert (unpaid["state"], unpaid["due_amount"], unpaid["paid_at"]) == ("draft", 60, None)
    event(account, invoice_id, "send")
    assert pay("75")[:2] == ("paid", -15)


def test_an_overpayment_may_be_refused() -> None:
    account = Account(payment_over_due="refused")
    invoice_id = account.invoice(line_items=[line("100")])["id"]
    with pytest.raises(Exception, match="422"):
        account.books.ui_create("invoice_payments", {"invoice_id": invoice_id, "amount": 101})
    assert account.get(f"/invoices/{invoice_id}")["due_amount"] == 100


def test_a_person_can_pay_write_off_and_reopen_in_harvests_own_pages(account: Account) -> None:
    invoice_id = str(account.invoice(line_items=[line("100")])["id"])
    states = [
        account.books.ui_update("invoices", invoice_id, {"state": state})["state"]
        for state in ("open", "closed", "open", "paid")
    ]
    assert states == ["open", "closed", "open", "paid"]
    assert account.get(f"/invoices/{invoice_id}")["due_amount"] == 0


def test_filters_of_the_invoice_list(account: Account) -> None:
    other = account.books.add_client("Other").id
    first = account.invoice(issue_date="2026-09-30", line_items=[line(project_id=account.web)])["id"]
    account.later()
    second = account.call("POST", "/invoices", {"client_id": other, "issue_date": "2026-10-31"})["id"]
    event(account, second, "send")
    for query, expected in {
        f"client_id={other}": [second],
        f"project_id={account.web}": [first],
        "state=draft": [first],
        "state=open": [second],
        "from=2026-10-01": [second],
        "to=2026-09-30": [first],
        "updated_since=2026-11-03T17:00:01Z": [second],
        "state=paid": [],
    }.items():
        assert [invoice["id"] for invoice in account.rows(f"/invoices?{query}", "invoices")] == expected, query


@pytest.mark.parametrize(
    ("status", "body"), [(403, {"message": "Not authorized!"}), (404, {"status": 404, "error": "Not Found"})]
)
def test_without_the_invoice_module_invoices_are_refused(status: int, body: JsonObject) -> None:
    account = Account(invoices_off_status=status)
    account.books.set_account(invoice_feature=False)
    assert refusal(account, "GET", "/invoices") == {"status": status, "body": body}
    assert refusal(account, "POST", "/invoices", {"client_id": account.acme}) == {"status": status, "body": body}
    assert account.get("/company")["invoice_feature"] is False


def test_an_unknown_invoice_is_not_found(account: Account) -> None:
    for method, path in (("GET", "/invoices/5"), ("DELETE", "/invoices/5"), ("POST", "/invoices/5/messages")):
        assert refusal(account, method, path, {})["body"] == {"status": 404, "error": "Not Found"}
