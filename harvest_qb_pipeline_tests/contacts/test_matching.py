"""Names of companies: the same, close, or others (rule 49)."""

import pytest

from harvest_qb_pipeline.contacts.matching import Client, Customer, customer_candidates, plain


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Café Lumière Ltd", "CAFE LUMIERE LIMITED"),
        ("Cafe\u0301 Lumie\u0300re Ltd.", "Café Lumière, Ltd"),
        ("Marlow & Sons Publishing", "Marlow and Sons Publishing"),
        ("Ostrander Legal LLP", "Ostrander Legal, L.L.P."),
        ("Harlan Freight Systems Inc", "Harlan Freight Systems, Inc."),
        ("O'Rourke Design", "ORourke  Design"),
        ("Straße GmbH", "STRASSE GMBH"),
        ("Ørsted Software", "Orsted Software"),
        ("Acme Pty Ltd", "ACME Pty. Limited"),
    ],
)
def test_two_spellings_of_one_name_are_equal(one, other):
    assert plain(one) == plain(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme Ltd", "Acme Inc"),
        ("Acme", "Acme Ltd"),
        ("Acme GmbH", "Acme GmbH & Co. KG"),
        ("Kestrel Aviation", "Kestrel Aviation Services"),
        ("Acme North", "Acme South"),
    ],
)
def test_two_companies_are_not_equal(one, other):
    assert plain(one) != plain(other)


def test_a_name_that_is_only_a_legal_form_keeps_it():
    assert plain("Limited").words == "limited"


def customer(customer_id: str, name: str, *, is_active: bool = True, is_job: bool = False) -> Customer:
    return Customer(customer_id, name, is_active, is_job)


def found(name: str, *customers: Customer) -> list[tuple[str, str]]:
    return [(c.customer_id, c.relation) for c in customer_candidates([Client(1, name)], customers)]


def test_an_equal_name_is_listed_before_a_close_one():
    assert found("Acme Ltd", customer("1", "Acme Inc"), customer("2", "Acme Limited")) == [
        ("2", "equal"),
        ("1", "similar"),
    ]


def test_some_words_more_make_a_name_close():
    assert found("Kestrel Aviation", customer("1", "Kestrel Aviation Services")) == [("1", "similar")]


def test_one_common_word_does_not():
    assert found("Summit", customer("1", "Summit Dental Group")) == []


def test_a_slip_of_the_pen_makes_a_name_close():
    assert found("Tidewater Credit Union", customer("1", "Tidewatter Credit Union")) == [("1", "similar")]


def test_an_inactive_customer_counts_as_equal_only_when_no_active_one_does():
    old = customer("1", "Acme (deleted)", is_active=False)
    assert found("Acme", old) == [("1", "equal")]
    assert found("Acme", old, customer("2", "ACME")) == [("2", "equal"), ("1", "similar")]


def test_a_job_is_never_the_client_but_its_name_is_taken():
    assert found("Acme", customer("1", "Acme", is_job=True)) == [("1", "similar")]


def test_how_many_clients_bear_the_name_is_told():
    clients = [Client(1, "Acme"), Client(2, "ACME"), Client(3, "Zeta")]
    candidates = customer_candidates(clients, [customer("1", "Acme")])
    assert [(c.client_id, c.clients_of_name) for c in candidates] == [(1, 2), (2, 2)]


def test_nobody_is_found_in_empty_books():
    assert found("Acme") == []
