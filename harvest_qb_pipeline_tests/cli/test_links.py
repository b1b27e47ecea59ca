"""`harvest-qb links`: who is who as it stands now, decided on by command or in a spreadsheet."""

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import Json
from harvest_qb_pipeline.ledger import links, reading
from harvest_qb_pipeline.ledger.who_is_who import Record
from harvest_qb_pipeline_tests.contacts.copies import keep_plan, maybe
from harvest_qb_pipeline_tests.ledger.books import put_link
from harvest_qb_pipeline_tests.stories.firm import Firm


@pytest.fixture
def home(firm: Firm) -> Firm:
    """A firm that has planned once: what was certain is linked."""
    firm.ledger(keep_plan)
    return firm


def typed(firm: Firm, *words: str, code: int = 0) -> str:
    """What a command said, on the stream that goes with its exit code, in one line."""
    said = firm.type("links", *words)
    assert said.code == code, said.err
    assert (said.err if code == 0 else said.out) == ""
    return " ".join((said.out if code == 0 else said.err).split())


def listed(firm: Firm, *words: str) -> list[Json]:
    said = firm.type("links", *words, "--json")
    assert (said.code, said.err) == (0, "")
    return jsontext.loads(said.out)["links"]


def of(firm: Firm, key: str) -> set[tuple[str, str | None]]:
    """State and id in QuickBooks of everything that is listed for a key."""
    return {(row["state"], row["quickbooks_id"]) for row in listed(firm) if row["link_key"] == key}


def alone(firm: Firm) -> set[tuple[str, str]]:
    """What only QuickBooks has."""
    return {(row["quickbooks_type"], row["quickbooks_id"]) for row in listed(firm) if row["link_key"] is None}


def link(firm: Firm, key: str) -> str | None:
    return firm.ledger(lambda ledger: links.resolve(ledger, key))


def test_people_see_counts_and_what_needs_them_with_the_command_that_decides_it(home: Firm):
    out = typed(home)
    assert "Clients and customers 2 3 1 0 0" in out
    assert "Bluebird Coffee (client 13) may be Bluebird Coffee Roasters (customer 59), 91 of 100" in out
    assert "names 76 % alike, same e-mail domain bluebird.example" in out
    assert "harvest-qb links confirm customer/client-13 59" in out
    assert "harvest-qb links reject customer/client-13 59" in out
    assert "Dune (client 15): The customer of Dune in QuickBooks, Dune (deleted) (id 62), is inactive." in out
    assert "Ana Ruiz (user 5), vendor/user-5: Ana Ruiz is repaid, but has no vendor in QuickBooks" in out
    assert "Print shop" not in out
    assert "exact name" not in out


def test_a_long_list_says_how_many_more_there_are_and_how_to_see_them(firm: Firm):
    clients = [Record("client", str(number), f"Client {number}") for number in range(1000, 1040)]
    customers = [Record("Customer", one.record_id, f"Customer {one.record_id}") for one in clients]
    pairs = [maybe(f"customer/client-{one.record_id}", one.record_id, 90, "names 90 % alike") for one in clients]
    firm.ledger(lambda ledger: keep_plan(ledger, records=[*clients, *customers], more=pairs))
    assert "and 23 more: `harvest-qb links --type client --state suggested --limit 0`" in typed(firm)
    assert typed(firm, "--type", "client", "--state", "suggested", "--limit", "0").count("may be") == 43
    assert typed(firm, "--state", "suggested", "--limit", "2").count("may be") == 5


def test_linked_ones_are_shown_when_asked_for_with_how_they_came_to_be(home: Firm):
    out = typed(home, "--state", "linked")
    assert "customer/client-12 Acme Ltd 58 Acme Limited matched, exact name matching 2026-" in out
    assert "may be" not in out
    assert "Acme" not in typed(home, "--type", "person", "--state", "linked")


def test_programs_get_every_row_and_the_counts_as_one_document(home: Firm):
    said = home.type("links", "--type", "client", "--json")
    document = jsontext.loads(said.out)
    assert document["counts"]["client"] == {"linked": 2, "suggested": 3, "conflicting": 1, "unmatched": 0}
    assert {row["link_type"] for row in document["links"]} == {"client"}
    (cedar,) = [row for row in document["links"] if row["harvest_name"] == "Cedar GmbH"]
    assert (cedar["link_key"], cedar["quickbooks_id"], cedar["score"], cedar["reasons"], cedar["how"]) == (
        "customer/client-14",
        "61",
        90,
        ["same currency EUR"],
        None,
    )
    assert {row["state"] for row in listed(home, "--state", "unmatched")} == {"unmatched"}


def test_before_anything_is_published_it_is_said_what_to_run(firm: Firm):
    assert "run `harvest-qb sync` and then `harvest-qb plan`" in typed(firm, code=1)
    firm.type("sync")
    assert "run `harvest-qb plan`" in typed(firm, code=1)


def test_a_confirmed_suggestion_is_linked_and_nothing_else_is_suggested_for_either(home: Firm):
    out = typed(home, "confirm", "customer/client-13", "59", "--by", "Bea")
    assert out.startswith("customer/client-13: linked with Bluebird Coffee Roasters (customer 59).")
    assert of(home, "customer/client-13") == {("linked", "59")}
    assert ("Customer", "60") in alone(home)
    (row,) = [row for row in listed(home) if row["link_key"] == "customer/client-13"]
    assert (row["how"], row["made_by"], row["harvest_name"]) == ("confirmed", "Bea", "Bluebird Coffee")
    again = typed(home, "confirm", "customer/client-13", "59")
    assert "was linked with Bluebird Coffee Roasters (customer 59)" in again


def test_the_id_may_be_left_out_when_exactly_one_is_suggested(home: Firm):
    typed(home, "confirm", "customer/client-14")
    assert link(home, "customer/client-14") == "61"
    several = typed(home, "confirm", "customer/client-13", code=1)
    assert "2 are suggested for customer/client-13: 59 (Bluebird Coffee Roasters), 60 (Bluebird Cafe)." in several
    assert "Nothing is suggested for job/project-32." in typed(home, "confirm", "job/project-32", code=1)
    typed(home, "reject", "customer/client-13", "59")
    typed(home, "confirm", "customer/client-13")
    assert link(home, "customer/client-13") == "60"


def test_a_rejected_suggestion_is_gone_and_leaves_both_unmatched(home: Firm):
    out = typed(home, "reject", "customer/client-14", "61", "--reason", "Another Cedar", "--by", "Bea")
    assert "rejected: Cedar GmbH is not Cedar (customer 61)" in out
    assert of(home, "customer/client-14") == {("unmatched", None)}
    assert ("Customer", "61") in alone(home)
    (event,) = home.ledger(lambda ledger: reading.events_of(ledger, "customer/client-14"))
    assert event.actor == "Bea"


def test_an_unlinked_pair_is_unmatched_on_both_sides(home: Firm):
    typed(home, "unlink", "customer/client-12", "--reason", "They parted")
    assert of(home, "customer/client-12") == {("unmatched", None)}
    assert ("Customer", "58") in alone(home)
    typed(home, "unlink", "customer/client-12", "--reason", "They parted")


def test_set_replaces_a_link_and_frees_what_was_linked_before(home: Firm):
    typed(home, "unlink", "customer/client-12", "--reason", "Mistaken")
    typed(home, "set", "customer/client-13", "58", "--reason", "It took their name")
    assert of(home, "customer/client-13") == {("linked", "58")}
    typed(home, "set", "customer/client-13", "60", "--reason", "No, it did not")
    assert of(home, "customer/client-13") == {("linked", "60")}
    assert ("Customer", "58") in alone(home)


def test_what_was_rejected_may_be_confirmed_after_all(home: Firm):
    typed(home, "reject", "customer/client-14", "61")
    typed(home, "confirm", "customer/client-14", "61")
    assert of(home, "customer/client-14") == {("linked", "61")}


def test_what_was_made_in_harvest_may_be_unlinked_so_that_it_is_made_again(home: Firm):
    home.ledger(lambda ledger: put_link(ledger, "client/customer-64", "16", by="push", system="harvest"))
    assert "no longer linked with 16" in typed(home, "unlink", "client/customer-64", "--reason", "Deleted there")
    assert link(home, "client/customer-64") is None


def test_several_tasks_may_be_one_item(home: Firm):
    typed(home, "confirm", "item/task-21")
    assert of(home, "item/category-22") == {("suggested", "3")}
    typed(home, "confirm", "item/category-22")
    typed(home, "set", "item/task-22", "3", "--reason", "All are services")
    assert {link(home, key) for key in ("item/task-21", "item/task-22", "item/category-22")} == {"3"}


def test_a_job_may_hang_below_another_job_of_the_customer(home: Firm):
    typed(home, "set", "job/project-31", "67", "--reason", "Phase two is the site")
    assert of(home, "job/project-31") == {("linked", "67")}


@pytest.mark.parametrize(
    ("key", "number", "said"),
    [
        ("customer/client-99", "58", "There is no client 99 in Harvest as it was read last"),
        ("customer/client-13", "999", "There is no customer 999 in QuickBooks as it was read last"),
        ("customer/client-15", "62", "Dune (deleted) (customer 62) is inactive in QuickBooks"),
        (
            "customer/client-13",
            "61",
            "Bluebird Coffee (customer/client-13) is billed in USD, Cedar (customer 61) in EUR",
        ),
        ("customer/client-13", "63", "New site (customer 63) is a job, not a customer"),
        ("job/project-31", "59", "Bluebird Coffee Roasters (customer 59) is not a job but a customer of its own"),
        ("job/project-31", "66", "Elm works (customer 66) is not a job of the customer of Site's client"),
        ("employee/user-6", "7", "There is no employee 7 in QuickBooks"),
        ("vendor/user-7", "7", "There is no user 7 in Harvest"),
        ("item/task-21", "4", "All services (item 4) is a category of items"),
        ("item/task-21", "5", "Old (item 5) is inactive in QuickBooks"),
        ("customer/client-16", "59", "The policy states who customer/client-16 is"),
        ("customer/client-13", "58", "customer/client-12"),
        ("twin/client-13/2026-10", "59", "is not the key of a link. Keys are customer/client-ID"),
        ("customer/client-13x", "59", "is not the key of a link"),
    ],
)
@pytest.mark.parametrize("command", [("confirm",), ("set", "--reason", "Because")])
def test_what_cannot_be_linked_is_refused_with_a_sentence(
    home: Firm, command: Sequence[str], key: str, number: str, said: str
):
    before = home.ledger(links.links)
    assert said in typed(home, *command, key, number, code=1)
    assert home.ledger(links.links) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("reject", "customer/client-12", "58"), "customer/client-12"),
        (("reject", "customer/client-12", "999"), "There is no customer 999"),
        (("reject", "customer/client-16", "58"), "The policy states who customer/client-16 is"),
        (("unlink", "customer/client-16", "--reason", "x"), "The policy states who customer/client-16 is"),
        (("unlink", "customer/client-13", "--reason", "x"), "customer/client-13 is not linked"),
        (("unlink", "invoice/client-12/2026-10", "--reason", "x"), "is not the key of a link"),
        (("unlink", "customer/client-12", "--reason", " "), "Say why"),
        (("set", "customer/client-13", "59", "--reason", " "), "Say why"),
    ],
)
def test_other_decisions_are_refused_with_a_sentence_too(home: Firm, words: Sequence[str], said: str):
    before = home.ledger(links.links)
    assert said in typed(home, *words, code=1)
    assert home.ledger(links.links) == before


def test_set_and_unlink_need_a_reason(home: Firm):
    assert "--reason" in typed(home, "set", "customer/client-13", "59", code=2)
    assert "--reason" in typed(home, "unlink", "customer/client-12", code=2)


def test_a_link_to_what_is_younger_than_the_copy_is_listed_without_a_name(home: Firm):
    home.ledger(lambda ledger: put_link(ledger, "customer/client-77", "88", by="push"))
    assert of(home, "customer/client-77") == {("linked", "88")}
    assert "not read yet" in typed(home, "--state", "linked")


# As a spreadsheet


def exported(home: Firm, path: Path) -> list[dict[str, str]]:
    typed(home, "export", str(path), "--overwrite")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def save(path: Path, lines: Sequence[dict[str, str]], *, delimiter: str = ",") -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(lines)


def decide(lines: Sequence[dict[str, str]], key: str, number: str, **cells: str) -> int:
    """Fill in the one line of a pair; its number in the spreadsheet."""
    at = next(n for n, line in enumerate(lines) if (line["link_key"], line["quickbooks_id"]) == (key, number))
    lines[at].update(cells)
    return at + 2


def test_an_export_that_comes_back_unchanged_does_nothing_even_after_other_decisions(home: Firm, tmp_path: Path):
    path = tmp_path / "who.csv"
    lines = exported(home, path)
    assert len(lines) == len(listed(home))
    before = home.ledger(reading.last_event_id)
    assert "Nothing is decided in it that is not so already." in typed(home, "import", str(path))
    assert home.ledger(reading.last_event_id) == before

    typed(home, "reject", "customer/client-14", "61")
    typed(home, "set", "customer/client-13", "60", "--reason", "Asked them")
    before = home.ledger(reading.last_event_id)
    save(path, lines, delimiter=";")
    assert "Nothing is decided" in typed(home, "import", str(path))
    assert home.ledger(reading.last_event_id) == before


def test_decisions_in_a_spreadsheet_are_done_and_told_line_by_line(home: Firm, tmp_path: Path):
    path = tmp_path / "who.csv"
    lines = exported(home, path)
    at = [
        decide(lines, "customer/client-13", "59", decision="Confirm"),
        decide(lines, "customer/client-14", "61", decision="reject", reason="Another Cedar"),
        decide(lines, "customer/client-12", "58", decision="unlink"),
        decide(lines, "vendor/user-5", "", quickbooks_id="7"),
    ]
    save(path, lines, delimiter=";")
    dry = typed(home, "import", str(path), "--dry-run")
    assert "4 decisions" in dry
    assert "leave out --dry-run to do it" in dry
    assert link(home, "customer/client-12") == "58"

    out = typed(home, "import", str(path), "--by", "Bea")
    assert f"{at[0]} confirm customer/client-13 59 linked with Bluebird Coffee Roasters (customer 59)" in out
    assert f"{at[3]} set vendor/user-5 7 linked with Ana M. Ruiz (vendor 7)" in out
    keys = ("customer/client-13", "customer/client-14", "customer/client-12", "vendor/user-5")
    assert [link(home, key) for key in keys] == ["59", None, None, "7"]
    events = home.ledger(lambda ledger: reading.events_of(ledger, "customer/client-12"))
    assert (events[-1].actor, "decided in who.csv" in str(events)) == ("Bea", True)

    before = home.ledger(reading.last_event_id)
    typed(home, "import", str(path), "--by", "Bea")
    assert home.ledger(reading.last_event_id) == before


def test_what_is_unlinked_in_a_file_may_be_linked_otherwise_in_the_same_file(home: Firm, tmp_path: Path):
    path = tmp_path / "who.csv"
    lines = exported(home, path)
    decide(lines, "customer/client-13", "59", quickbooks_id="58")
    save(path, lines)
    assert "Customer 58 is linked with customer/client-12" in typed(home, "import", str(path), code=1)
    decide(lines, "customer/client-12", "58", decision="unlink")
    save(path, lines)
    typed(home, "import", str(path))
    assert (link(home, "customer/client-13"), link(home, "customer/client-12")) == ("58", None)


def test_one_wrong_line_keeps_every_other_from_being_done_and_all_are_named(home: Firm, tmp_path: Path):
    path = tmp_path / "who.csv"
    lines = exported(home, path)
    decide(lines, "customer/client-14", "61", decision="confirm")
    wrong = {
        decide(lines, "customer/client-13", "59", quickbooks_id="63"): "is a job, not a customer",
        decide(lines, "customer/client-15", "62", decision="confirm"): "is inactive in QuickBooks",
        decide(lines, "item/task-22", "", quickbooks_id="4"): "is a category of items",
        decide(lines, "customer/client-16", "64", decision="unlink"): "The policy states who",
        decide(lines, "employee/user-6", "8", decision="reject"): "unlink it instead",
    }
    save(path, lines)
    before = home.ledger(reading.last_event_id)
    said = typed(home, "import", str(path), code=1)
    for line, sentence in wrong.items():
        assert f"Line {line}: " in said
        assert sentence in said
    assert said.endswith("Nothing was done.")
    assert home.ledger(reading.last_event_id) == before


def test_an_export_does_not_overwrite_decisions_that_were_not_imported(home: Firm, tmp_path: Path):
    path = tmp_path / "who.csv"
    path.write_text("mine", encoding="utf-8")
    assert "exists, perhaps with decisions in it" in typed(home, "export", str(path), code=1)
    assert path.read_text(encoding="utf-8") == "mine"
    typed(home, "export", str(path), "--overwrite", "--type", "item")
    assert path.read_bytes().startswith(b"\xef\xbb\xbflink_type,link_key,")


@pytest.mark.slow
def test_what_a_plan_suggests_is_confirmed_and_the_next_plan_bills_that_customer(firm: Firm):
    blue, oak = firm.client("Bluebird Coffee", is_known=False), firm.client("Oak Ltd", is_known=False)
    roasters = firm.in_quickbooks("POST", "Customer", DisplayName="Bluebird Coffee Roasters")["Id"]
    acorn = firm.in_quickbooks("POST", "Customer", DisplayName="Acorn Inc")["Id"]
    firm.policy(rest=f'[[customers]]\nclient = {oak}\ncustomer = "Acorn Inc"')
    firm.log(firm.project(blue, "Menu"), "2026-10-05", "2")
    firm.type("sync")
    firm.type("plan")
    assert f"harvest-qb links confirm customer/client-{blue} {roasters}" in typed(firm)
    assert of(firm, f"customer/client-{oak}") == {("linked", acorn)}

    typed(firm, "confirm", f"customer/client-{blue}")
    assert of(firm, f"customer/client-{blue}") == {("linked", roasters)}
    refused = typed(firm, "set", f"customer/client-{oak}", roasters, "--reason", "Because", code=1)
    assert f"The policy states who customer/client-{oak} is" in refused

    firm.type("plan")
    assert of(firm, f"customer/client-{blue}") == {("linked", roasters)}
    invoice = firm.posting(f"invoice/client-{blue}/2026-10")
    assert (invoice.state, invoice.payload["CustomerRef"]) == ("planned", {"value": roasters})
    typed(firm, "unlink", f"customer/client-{blue}", "--reason", "It is another")
    assert of(firm, f"customer/client-{blue}") == {("unmatched", None)}
