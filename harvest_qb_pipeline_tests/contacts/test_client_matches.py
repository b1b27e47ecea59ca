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
        "SELECT matched_by, customer_id_qb, hold_code FROM contacts.client_matches WHERE client_id_harvest = ?",
        client_id,
    )


def sentence(books: Books) -> str:
    return books.one("SELECT sentence FROM contacts.client_matches WHERE client_id_harvest = 1")


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
    assert match(books) == (None, None, "customer_inactive")
    assert "Acme Ltd (id 50), is inactive" in sentence(books)


def test_another_currency_needs_another_customer(books):
    """Rule 12."""
    books.customer("50", "Acme Ltd", currency="EUR")
    assert match(books) == (None, None, "currency_conflict")


def test_a_confirmed_link_goes_before_names(books):
    books.customer("50", "Acme Ltd")
    books.customer("51", "Something else")
    books.link("customer/client-1", "51")
    assert match(books) == ("linked", "51", None)


def test_a_link_that_was_removed_counts_no_more(books):
    books.customer("50", "Acme Ltd")
    books.link("customer/client-1", "51", is_removed=True)
    assert match(books) == ("name", "50", None)


def test_a_link_to_a_customer_that_is_gone_is_told(books):
    books.link("customer/client-1", "51")
    assert match(books) == ("linked", None, "customer_missing")


@pytest.mark.parametrize("named", ['{ id = "51" }', '"kestrel aviation services"'])
def test_what_the_policy_states_goes_before_everything(books, named):
    books.customer("50", "Acme Ltd")
    books.customer("51", "Kestrel Aviation Services")
    books.link("customer/client-1", "50")
    books.say(f'{POLICY}\n[[customers]]\nclient = "Acme Ltd"\ncustomer = {named}\n')
    assert match(books) == ("stated", "51", None)


def test_a_customer_that_the_policy_names_and_nobody_has_is_told(books):
    books.customer("50", "Acme Ltd")
    books.say(f'{POLICY}\n[[customers]]\nclient = 1\ncustomer = "Acmee"\n')
    assert match(books) == ("stated", None, "customer_missing")
    assert sentence(books) == (
        "The customer of Acme Ltd that policy.toml, line 9 names, Acmee, is not in QuickBooks as it was read last. "
        "Sync; if it is gone, name another there"
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
    books.link("customer/client-1", "99")
    books.add(
        "ledger.postings", document="customer/client-1", key="customer/client-1", kind="customer", state="posted",
        is_newest=True, external_id="99",
    )  # fmt: skip
    assert match(books) == ("linked", "99", None)


def test_a_job_that_somebody_made_inactive_holds_its_project(books):
    """Rule 51. Else its hours would be claimed in Harvest before QuickBooks refuses the invoice."""
    books.say(f'{POLICY}[billing]\ninvoice_per = "project"\nproject_customers = "job"\n')
    books.customer("50", "Acme Ltd")
    books.customer("60", "Acme Ltd - Website", is_job=True, is_active=False, parent_customer_id_qb="50")
    books.link("job/project-10", "60")
    books.build()
    assert "Acme Ltd - Website (id 60), is inactive" in books.holds()["job_inactive"]


def test_a_customer_that_carries_our_marker_is_known_again_after_a_lost_ledger(books):
    books.customer("50", "Acme Group", notes="Client 1 in Harvest [hq:customer/client-1 r1]")
    assert match(books) == ("marker", "50", None)
    assert books.one("SELECT how, rule FROM contacts.client_links") == ("adopted", "marker")


def test_a_rejected_customer_is_no_obstacle_any_more(books):
    books.customer("50", "Acme Inc")
    books.add("ledger.link_decisions", key="customer/client-1", external_id="50", decision="rejected")
    assert match(books) == ("planned", None, None)


def test_a_stated_customer_that_is_linked_to_another_client_is_a_conflict(books):
    books.client(2, "Beta Ltd")
    books.customer("50", "Kestrel")
    books.link("customer/client-2", "50")
    books.say(f'{POLICY}\n[[customers]]\nclient = "Acme Ltd"\ncustomer = "Kestrel"\n')
    assert match(books) == ("stated", None, "customer_taken")
    assert "that is Beta Ltd" in sentence(books)


@pytest.mark.parametrize(
    ("table", "column", "said"),
    [("vendors", "vendor_id_qb", "a vendor called ACME LTD (id 70)"), ("employees", "employee_id_qb", "an employee")],
)
def test_a_name_is_given_once_over_customers_vendors_and_employees(books, table, column, said):
    """Rule 48, fault 6240."""
    books.add(f"quickbooks.{table}", **{column: "70"}, display_name="ACME LTD")
    assert match(books) == ("planned", None, "name_taken")
    assert said in sentence(books)


def test_two_new_clients_of_one_name_cannot_both_get_a_customer(books):
    books.client(2, "acme ltd")
    assert match(books) == ("planned", None, "name_shared")
    assert match(books, 2) == ("planned", None, "name_shared")


def test_a_foreign_client_needs_multicurrency(books):
    books.con.execute("UPDATE harvest.clients SET currency = 'EUR'")
    books.con.execute("UPDATE quickbooks.preferences SET is_multicurrency = false")
    assert match(books) == ("planned", None, "currency_not_enabled")


@pytest.mark.parametrize("name", ["Acme\tLtd", "A" * 501, "Acme\nLtd", " "])
def test_names_that_quickbooks_refuses_are_held_before_it_does(books, name):
    books.con.execute("UPDATE harvest.clients SET client_name = ?", [name])
    assert match(books)[2] == "customer_name"


def test_an_emoji_is_a_name_like_any_other(books):
    books.con.execute("UPDATE harvest.clients SET client_name = 'Acme 🚀'")
    assert match(books) == ("planned", None, None)


def test_an_unlinked_customer_does_not_come_back_by_its_marker(books):
    books.customer("50", "Kestrel", notes="Client 1 in Harvest [hq:customer/client-1 r1]")
    books.link("customer/client-1", "50", is_removed=True, how="created")
    books.add("ledger.link_decisions", key="customer/client-1", external_id="50", decision="rejected")
    assert match(books) == ("planned", None, None)
