"""The look-up file: who is who in a spreadsheet beside the policy, and what a person is told about each wrong line."""

from pathlib import Path

import pytest

from harvest_qb_pipeline.policy.load import PolicyError, load_policy
from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.policy.values import QuickBooksId

POLICY = 'timezone = "UTC"\ncutover_on = 2026-01-01\n[contacts]\nlookup = "who-is-who.csv"\n'
HEADER = "type,harvest,quickbooks,party\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "policy.toml").write_text(POLICY)
    return tmp_path


def loaded(folder: Path, lines: str | bytes, header: str = HEADER, more: str = "") -> Policy:
    text = lines if isinstance(lines, bytes) else (header + lines).encode()
    (folder / "who-is-who.csv").write_bytes(text)
    (folder / "policy.toml").write_text(POLICY + more)
    return load_policy(folder / "policy.toml")


def problems(folder: Path, lines: str | bytes, header: str = HEADER, more: str = "") -> list[str]:
    with pytest.raises(PolicyError) as refused:
        loaded(folder, lines, header, more)
    return str(refused.value).removeprefix(f"{folder}/").split(f"\n{folder}/")


def test_digits_alone_are_an_id_and_all_else_a_name(folder: Path):
    policy = loaded(folder, "client,5735776,73\nProject, WEB-02 , Acme:Web \ntask,Design,Design\ncategory,Service,9\n")
    assert [(look.link_type, look.harvest, look.quickbooks) for look in policy.stated_links] == [
        ("client", 5735776, QuickBooksId(id="73")),
        ("project", "WEB-02", "Acme:Web"),
        ("task", "Design", "Design"),
        ("category", "Service", QuickBooksId(id="9")),
    ]
    assert str(policy.stated_links[1].place) == "who-is-who.csv, line 3"


def test_a_person_may_be_an_employee_and_a_vendor_each_once(folder: Path):
    policy = loaded(folder, "person,ana@example.com,Ana Ruiz,employee\nperson,ana@example.com,Ana Ruiz (V),Vendor\n")
    assert [look.party for look in policy.stated_links] == ["employee", "vendor"]
    lines = "person,7,61,vendor\nperson,7,62,\n"
    assert problems(folder, lines) == [
        "who-is-who.csv, line 3: person 7 is stated already: who-is-who.csv, line 2",
    ]


def test_customers_of_the_policy_are_look_ups_too_and_may_not_be_contradicted(folder: Path):
    more = '[[customers]]\nclient = "Acme"\ncustomer = { id = "5" }\n'
    policy = loaded(folder, "client,Zeta,6\n", more=more)
    assert [(look.harvest, str(look.place)) for look in policy.stated_links] == [
        ("Acme", "policy.toml, line 5"),
        ("Zeta", "who-is-who.csv, line 2"),
    ]
    assert problems(folder, "client,ACME,6\nclient,Zeta,5\n", more=more) == [
        "who-is-who.csv, line 2: client 'ACME' is stated already: policy.toml, line 5",
        (
            "who-is-who.csv, line 3: customer with id '5' in QuickBooks is stated for client 'Acme' already: "
            "policy.toml, line 5"
        ),
    ]


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "with the mark of Excel"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_spreadsheets_of_every_country_are_read(folder: Path, separator: str, mark: str):
    text = f'{mark}Type,Harvest,QuickBooks\r\nclient,"Smith{separator} Sons ""Ltd""",5\r\n,,\r\n'
    policy = loaded(folder, text.replace(",", separator).encode())
    assert [look.harvest for look in policy.stated_links] == [f'Smith{separator} Sons "Ltd"']


def test_columns_may_stand_in_any_order_and_a_line_is_counted_where_it_begins(folder: Path):
    lines = '5,"Two\nlines",client\n\n6,Acme,clinet\n'
    assert problems(folder, lines, "quickbooks,harvest,type\n") == [
        "who-is-who.csv, line 5: type = 'clinet': did you mean client?"
    ]


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        ("firm,1,2\n", 2, "type = 'firm': it must be client, project, person, task or category"),
        ("client,,2\n", 2, "harvest is empty"),
        ("client,1,\n", 2, "quickbooks is empty"),
        ("client\n", 2, "harvest is empty"),
        ("client,1,2,vendor\n", 2, "party = 'vendor': only a person is an employee or a vendor"),
        ("person,1,2,contractor\n", 2, "party = 'contractor': it must be employee or vendor"),
        ("client,1.23E+13,2\n", 2, "the spreadsheet has rounded the id"),
        ("client,0,2\n", 2, "digits alone are an id, and this is none"),
        (f"client,{'9' * 20},2\n", 2, "digits alone are an id, and this is none"),
        ("client,Smith, Sons,Ltd,5\n", 2, "there are 5 cells under 4 columns"),
        ("client,1,2\n\nclient,1,3\n", 4, "client 1 is stated already: who-is-who.csv, line 2"),
        ("client,Acme,A\nclient,ACME,B\n", 3, "client 'ACME' is stated already"),
        ("client,1,2\nclient,3,2\n", 3, "customer with id '2' in QuickBooks is stated for client 1 already"),
        ("client,1,Acme\nproject,3,ACME\n", 3, "customer 'acme' in QuickBooks is stated for client 1 already"),
        ("person,1,Ana\nperson,2,ana,vendor\n", 3, "vendor 'ana' in QuickBooks is stated for person 1 already"),
        ("task,1,2\ntask,1,3\n", 3, "task 1 is stated already"),
        ('client,"1,2\n', 2, "this is not CSV"),
    ],
)
def test_a_line_that_cannot_be_used_is_told_with_its_number(folder: Path, lines: str, line: int, words: str):
    (found,) = problems(folder, lines)
    assert found.startswith(f"who-is-who.csv, line {line}: ")
    assert words in found


def test_all_wrong_lines_are_told_at_once_in_their_order(folder: Path):
    found = problems(folder, "client,1,\nclient,2,5\nclient,2,6\nfirm,1,1\n")
    assert [line.split(":")[0] for line in found] == [f"who-is-who.csv, line {number}" for number in (2, 4, 5)]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("harvest,quickbooks\n", "type is missing"),
        ("type,harvest,quickbooks,notes\n", "notes is not a column"),
        ("type,harvest,quickbooks,type\n", "type is there twice"),
        ("", "the file is empty"),
    ],
)
def test_the_first_line_names_the_columns(folder: Path, header: str, words: str):
    (found,) = problems(folder, "", header)
    assert found.startswith("who-is-who.csv, line 1: ")
    assert words in found


def test_tasks_and_categories_may_share_an_item(folder: Path):
    assert len(loaded(folder, "task,1,9\ntask,2,9\ncategory,1,9\n").stated_links) == 3


def test_an_employee_and_a_customer_may_have_one_id(folder: Path):
    assert len(loaded(folder, "client,1,9\nperson,1,9,employee\nperson,2,9,vendor\n").stated_links) == 3


def test_a_file_that_is_missing_is_told_where_the_policy_names_it(folder: Path):
    with pytest.raises(PolicyError) as refused:
        load_policy(folder / "policy.toml")
    assert str(refused.value) == (
        f"{folder}/policy.toml:4: contacts.lookup = 'who-is-who.csv': there is no file {folder}/who-is-who.csv"
    )


def test_a_file_that_cannot_be_read_is_told_as_well(folder: Path):
    (folder / "who-is-who.csv").mkdir()
    with pytest.raises(PolicyError, match=r"policy\.toml:4: contacts\.lookup = .*it cannot be read"):
        load_policy(folder / "policy.toml")


def test_a_file_that_is_not_utf8_says_how_to_save_it(folder: Path):
    (found,) = problems(folder, HEADER.encode() + "client,Café,5\n".encode("latin-1"))
    assert found == "who-is-who.csv, line 1: the file is not UTF-8. Save it as CSV UTF-8."


def test_the_digest_is_of_what_is_stated_and_not_of_the_order_of_lines(folder: Path):
    digest = loaded(folder, "client,1,2\nclient,3,4\n").sha256
    assert loaded(folder, "client,3,4\n\nclient,1,2\n").sha256 == digest
    assert loaded(folder, "client,3,4\n").sha256 != digest
    assert loaded(folder, "client,3,4\nclient,1,5\n").sha256 != digest


def test_a_large_file_is_read_in_a_moment(folder: Path):
    lines = "".join(f"client,{number},{number + 100000}\n" for number in range(1, 20001))
    assert len(loaded(folder, lines).stated_links) == 20000
