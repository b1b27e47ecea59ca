"""A link that a person has stated and that cannot stand holds whom it is about, and names its line (rule 49)."""

from pathlib import Path

import pytest

from harvest_qb_pipeline.policy.load import load_policy
from harvest_qb_pipeline_tests.billing.books import POLICY, Books

JOBS = '[billing]\ninvoice_per = "project"\nproject_customers = "job"\n'


@pytest.fixture
def books() -> Books:
    books = Books()
    books.entry("2026-10-05", "1")
    return books


def look_up(books: Books, folder: Path, *lines: str, policy: str = "") -> None:
    """A look-up file of these lines below its header."""
    (folder / "who.csv").write_text("\n".join(["type,harvest,quickbooks,party", *lines]), encoding="utf-8")
    (folder / "policy.toml").write_text(f'{POLICY}[contacts]\nlookup = "who.csv"\n{policy}', encoding="utf-8")
    books.policy = load_policy(folder / "policy.toml")
    books.build()


def test_a_customer_stated_for_a_client_that_nobody_knows_is_not_taken_for_another(books: Books, tmp_path: Path):
    look_up(books, tmp_path, "client,Acme,50")
    assert books.one("SELECT customer_id_qb, hold_code FROM contacts.client_matches") == (None, "stated_unclear")
    assert books.holds("invoice/client-1/2026-10") == {
        "stated_unclear": "who.csv, line 2 says that Acme Limited (id 50) in QuickBooks is Acme, and Harvest has no "
        "such client, so it is not taken for Acme Ltd. Correct that line."
    }
    assert "client Acme under [contacts] lookup (who.csv, line 2)" in books.holds()["policy_misses"]


def test_so_it_is_with_a_customer_of_the_policy(books: Books):
    books.say(f'{POLICY}[[customers]]\nclient = "Acme"\ncustomer = "acme limited"\n')
    books.build()
    assert books.holds("invoice/client-1/2026-10")["stated_unclear"].startswith("policy.toml, line 8 says that Acme")


def test_a_link_that_a_person_made_stands_whatever_a_wrong_line_says(books: Books, tmp_path: Path):
    books.link("customer/client-1", "50")
    look_up(books, tmp_path, "client,Acme,50")
    assert books.one("SELECT matched_by, customer_id_qb FROM contacts.client_matches") == ("linked", "50")


def test_no_client_is_made_of_a_customer_that_is_stated_for_one_nobody_knows(books: Books, tmp_path: Path):
    books.customer("70", "Kestrel", created_at="2026-10-01")
    look_up(books, tmp_path, "client,Kestrl,70")
    code, sentence = books.one("SELECT hold_code, sentence FROM contacts.new_clients WHERE customer_id_qb = '70'")
    assert code == "stated_unclear"
    assert "who.csv, line 2 says that Kestrel (id 70) in QuickBooks is Kestrl" in sentence


def test_a_name_that_two_clients_bear_holds_both(books: Books, tmp_path: Path):
    books.client(2, "ACME ltd")
    look_up(books, tmp_path, "client,Acme Ltd,50")
    found = books.rows("SELECT customer_id_qb, hold_code, sentence FROM contacts.client_matches ORDER BY ALL")
    assert [(to, code) for to, code, _ in found] == [(None, "stated_unclear")] * 2
    assert "the name fits Acme Ltd (id 1), ACME ltd (id 2). Write the id there instead" in found[0][2]


def test_lines_that_contradict_each_other_hold_the_client(books: Books, tmp_path: Path):
    books.customer("51", "Other")
    look_up(books, tmp_path, "client,1,50", "client,Acme Ltd,51")
    assert books.holds("invoice/client-1/2026-10")["stated_unclear"].startswith(
        "who.csv, line 2 and who.csv, line 3 say of two customers in QuickBooks that they are Acme Ltd"
    )


def test_a_project_waits_for_the_job_that_its_line_names(books: Books, tmp_path: Path):
    books.customer("60", "Website", is_job=True, parent_customer_id_qb="50")
    look_up(books, tmp_path, "project,10,Web site", policy=JOBS)
    assert books.holds("invoice/client-1/project-10/2026-10") == {
        "job_missing": "The job of Website that who.csv, line 2 names, Web site, is not in QuickBooks as it was read "
        "last. Sync; if it is gone, name another there."
    }


def test_a_job_stated_for_a_project_that_nobody_knows_is_not_taken_for_another(books: Books, tmp_path: Path):
    books.customer("60", "Website", is_job=True, parent_customer_id_qb="50")
    look_up(books, tmp_path, "project,Webseite,60", policy=JOBS)
    assert "Harvest has no such project" in books.holds("invoice/client-1/project-10/2026-10")["stated_unclear"]


def test_a_task_whose_line_names_no_item_is_not_billed_as_the_default(books: Books, tmp_path: Path):
    look_up(books, tmp_path, "task,Design,Desing")
    assert books.holds("invoice/client-1/2026-10") == {
        "missing_reference": "QuickBooks has no active item Desing (stated in who.csv, line 2). Create it, or name "
        "another under [items] in the policy."
    }


def test_a_person_waits_for_whom_the_line_names(books: Books, tmp_path: Path):
    books.add("quickbooks.employees", employee_id_qb="80", display_name="Ann Lee")
    look_up(books, tmp_path, "person,Ann Lee,Anne Lee,employee")
    found = books.one(
        "SELECT party_id_qb, hold_code, sentence FROM contacts.person_matches WHERE user_id_harvest = 1000"
    )
    assert found[:2] == (None, "person_missing")
    assert found[2].startswith("The employee of Ann Lee that who.csv, line 2 names, Anne Lee, is not in QuickBooks")
