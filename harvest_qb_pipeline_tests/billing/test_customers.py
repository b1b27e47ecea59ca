"""Who a client is in QuickBooks (rules 12, 48, 49)."""

import pytest

from harvest_qb_pipeline_tests.billing.books import POLICY, Books


@pytest.fixture
def books() -> Books:
    books = Books()
    books.con.execute("DELETE FROM quickbooks.customers")
    books.entry("2026-10-05", "1")
    return books


def match(books: Books, client_id: int = 1) -> tuple[str | None, str | None, str | None]:
    """How, whom, and why not."""
    books.build()
    return books.one(
        "SELECT matched_by, customer_id_qb, hold_code FROM billing.customer_matches WHERE client_id_harvest = ?",
        client_id,
    )


def sentence(books: Books) -> str:
    return books.one("SELECT sentence FROM billing.customer_matches")


def test_the_one_equal_name_is_the_customer(books):
    books.customer("50", "ACME LIMITED")
    assert match(books) == ("name", "50", None)


def test_a_client_that_nobody_knows_becomes_a_new_customer(books):
    books.customer("50", "Zeta Inc")
    assert match(books) == ("planned", None, None)
    assert books.one("SELECT is_new_customer, hold_count FROM billing.invoice_drafts") == (True, 0)


def test_a_similar_customer_is_a_question_for_a_person(books):
    books.customer("50", "Acme Inc")
    books.customer("51", "Acme Holding Limited")
    assert match(books) == (None, None, "customer_similar")
    assert "Acme Inc (id 50)" in sentence(books)
    assert books.one("SELECT hold_count FROM billing.invoice_drafts") == 1


def test_two_equal_names_are_ambiguous_and_both_are_listed(books):
    books.customer("50", "Acme Ltd")
    books.customer("51", "Acme, Ltd.")
    assert match(books) == (None, None, "customer_ambiguous")
    assert "Acme Ltd (id 50), Acme, Ltd. (id 51)" in sentence(books)


def test_two_clients_of_one_name_cannot_share_a_customer_by_name(books):
    books.client(2, "ACME Limited")
    books.customer("50", "Acme Ltd")
    assert match(books) == (None, None, "customer_shared")
    assert match(books, 2) == (None, None, "customer_shared")


def test_an_inactive_customer_is_named(books):
    books.customer("50", "Acme Ltd", is_active=False)
    assert match(books) == ("name", None, "customer_inactive")
    assert "Acme Ltd (id 50), is inactive" in sentence(books)


def test_another_currency_needs_another_customer(books):
    """Rule 12."""
    books.customer("50", "Acme Ltd", currency="EUR")
    assert match(books) == ("name", None, "currency_conflict")


def test_a_confirmed_link_goes_before_names(books):
    books.customer("50", "Acme Ltd")
    books.customer("51", "Something else")
    books.add("ledger.links", key="customer/client-1", external_id="51", is_removed=False)
    assert match(books) == ("linked", "51", None)


def test_a_link_that_was_removed_counts_no_more(books):
    books.customer("50", "Acme Ltd")
    books.add("ledger.links", key="customer/client-1", external_id="51", is_removed=True)
    assert match(books) == ("name", "50", None)


def test_a_link_to_a_customer_that_is_gone_is_told(books):
    books.add("ledger.links", key="customer/client-1", external_id="51", is_removed=False)
    assert match(books) == ("linked", None, "customer_missing")


@pytest.mark.parametrize("named", ['{ id = "51" }', '"kestrel aviation services"'])
def test_what_the_policy_states_goes_before_everything(books, named):
    books.customer("50", "Acme Ltd")
    books.customer("51", "Kestrel Aviation Services")
    books.add("ledger.links", key="customer/client-1", external_id="50", is_removed=False)
    books.say(f'{POLICY}\n[[customers]]\nclient = "Acme Ltd"\ncustomer = {named}\n')
    assert match(books) == ("stated", "51", None)


def test_a_customer_that_the_policy_names_and_nobody_has_is_told(books):
    books.customer("50", "Acme Ltd")
    books.say(f'{POLICY}\n[[customers]]\nclient = 1\ncustomer = "Acmee"\n')
    assert match(books) == ("stated", None, "customer_missing")
    assert sentence(books) == (
        "The customer of Acme Ltd that the policy names, Acmee, is not in QuickBooks as it was read last. "
        "Sync; if it is gone, name another under [[customers]] in the policy"
    )


def test_a_name_that_quickbooks_cannot_hold_is_told(books):
    """Rule 48."""
    books.con.execute("UPDATE harvest.clients SET client_name = 'Acme: North'")
    assert match(books) == ("planned", None, "customer_name")


def test_an_archived_client_with_open_work_keeps_its_customer(books):
    books.con.execute("UPDATE harvest.clients SET is_active = false")
    books.customer("50", "Acme Ltd")
    assert match(books) == ("name", "50", None)


def test_a_customer_that_we_just_made_need_not_have_been_read_again(books):
    """A plan may come before the next reading of QuickBooks."""
    books.add("ledger.links", key="customer/client-1", external_id="99", is_removed=False)
    books.add(
        "ledger.postings", document="customer/client-1", key="customer/client-1", kind="customer", state="posted",
        is_newest=True, external_id="99",
    )  # fmt: skip
    assert match(books) == ("linked", "99", None)


def test_a_job_that_somebody_made_inactive_holds_its_project(books):
    """Rule 51. Else its hours would be claimed in Harvest before QuickBooks refuses the invoice."""
    books.say(f'{POLICY}[billing]\ninvoice_per = "project"\nproject_customers = "job"\n')
    books.customer("50", "Acme Ltd")
    books.customer("60", "Acme Ltd - Website", is_job=True, is_active=False)
    books.add("ledger.links", key="job/project-10", external_id="60", is_removed=False)
    books.build()
    assert "Acme Ltd - Website (id 60), is inactive" in books.holds()["job_inactive"]
