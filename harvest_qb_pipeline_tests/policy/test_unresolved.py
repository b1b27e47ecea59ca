"""What the policy names and nobody knows, or several are called: a row each, with its file and line."""

from pathlib import Path

import pytest

from harvest_qb_pipeline_tests.policy.firm import resolved, rows

COLUMNS = "setting, kind, wanted, problem, line"
GROUP = '[[clients]]\nclient = 1\ninvoice_per = "group"\n[[clients.groups]]\nname = "A"\n'
LOOKUP = '[contacts]\nlookup = "who.csv"\n'


def unresolved(text: str) -> list[tuple[object, ...]]:
    return rows(resolved(text), f"SELECT {COLUMNS} FROM policy.unresolved ORDER BY reference_id")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('[[clients]]\nclient = "Acme"\n', ("[[clients]]", "client", "Acme", "missing", 4)),
        ("[[clients]]\nclient = 99\n", ("[[clients]]", "client", "99", "missing", 4)),
        ('[[clients]]\ngrace_days = 1\nclient = "CEDAR"\n', ("[[clients]]", "client", "CEDAR", "ambiguous", 5)),
        ('[billing]\nterms = "Net 31"\n', ("[billing]", "term", "Net 31", "missing", 4)),
        ('[billing]\nterms = "Net 90"\n', ("[billing]", "term", "Net 90", "inactive", 4)),
        ('[[clients]]\nclient = 1\nterms = { id = "9" }\n', ("[[clients]]", "term", "9", "missing", 5)),
        (
            f'{GROUP}projects = [10, "SHOPP"]\n',
            ("[[clients.groups]]", "project", "SHOPP", "missing", 8),
        ),
        (
            # Beech's project is none of Acme's.
            f"{GROUP}projects = [12]\n",
            ("[[clients.groups]]", "project", "12", "missing", 8),
        ),
        ('[items]\ndefault = "Service"\n', ("[items]", "item", "Service", "missing", 4)),
        ('[items]\ndefault = "Labor"\n', ("[items]", "item", "Labor", "missing", 4)),
        ('[items]\nadjustments = "Old"\n', ("[items]", "item", "Old", "inactive", 4)),
        ('[[items.rules]]\ntask = 100\nitem = "Talk"\n', ("[[items.rules]]", "item", "Talk", "ambiguous", 5)),
        ('[[items.rules]]\nclient = "X"\nitem = "Design"\n', ("[[items.rules]]", "client", "X", "missing", 4)),
        ('[[items.rules]]\nproject = "X"\nitem = "Design"\n', ("[[items.rules]]", "project", "X", "missing", 4)),
        (
            '[[items.rules]]\nproject = "website"\nitem = "Design"\n',
            ("[[items.rules]]", "project", "website", "ambiguous", 4),
        ),
        ('[[items.rules]]\ntask = "Talk"\nitem = "Design"\n', ("[[items.rules]]", "task", "Talk", "ambiguous", 4)),
        (
            '[[items.rules]]\ntask = 100\nitem = "Design"\nincome_account = "Tips"\n',
            ("[[items.rules]]", "account", "Tips", "missing", 6),
        ),
        (
            '[[items.rules]]\ntask = 100\nitem = "Design"\nincome_account = "Closed"\n',
            ("[[items.rules]]", "account", "Closed", "inactive", 6),
        ),
        ('[[free]]\nclient = "X"\n', ("[[free]]", "client", "X", "missing", 4)),
        ('[[free]]\nproject = "X"\n', ("[[free]]", "project", "X", "missing", 4)),
        ('[[free]]\nclient = 1\ntask = "X"\n', ("[[free]]", "task", "X", "missing", 5)),
        ('[[caps]]\namount = 5\nproject = "Website"\n', ("[[caps]]", "project", "Website", "ambiguous", 5)),
        ('[[customers]]\nclient = "X"\ncustomer = "Beech"\n', ("[[customers]]", "client", "X", "missing", 3)),
        ('[[customers]]\nclient = 2\ncustomer = "Beach"\n', ("[[customers]]", "customer", "Beach", "missing", 3)),
        (
            '[contacts]\nreimbursable = ["Ana Ruiz", "Benn"]\n',
            ("[contacts] reimbursable", "person", "Benn", "missing", 4),
        ),
        (
            '[contacts.first_project]\ntasks = ["Design", "Research"]\n',
            ("[contacts.first_project] tasks", "task", "Research", "inactive", 4),
        ),
        (
            '[contacts.first_project]\npeople = [7]\n',
            ("[contacts.first_project] people", "person", "7", "missing", 4),
        ),
    ],
)  # fmt: skip
def test_each_setting_tells_the_line_of_a_name_that_fits_nobody_or_several(text: str, found: tuple[object, ...]):
    assert unresolved(text) == [found]


@pytest.mark.parametrize(
    ("line", "kind", "wanted", "problem"),
    [
        ("client,Acme,50", "client", "Acme", "missing"),
        ("client,Cedar,50", "client", "Cedar", "ambiguous"),
        ("client,1,99", "customer", "99", "missing"),
        ("project,WEB-2,51", "project", "WEB-2", "missing"),
        ("project,10,Acme Limited", "job", "Acme Limited", "missing"),
        ("task,Desing,Design", "task", "Desing", "missing"),
        ("task,Design,Labor", "item", "Labor", "missing"),
        ("category,Product,Design", "category", "Product", "missing"),
        ("person,Anna,62,vendor", "person", "Anna", "missing"),
        ("person,Ana Ruiz,Ana Ruiz (V),employee", "employee", "Ana Ruiz (V)", "missing"),
        ("person,Ana Ruiz,61,vendor", "vendor", "61", "missing"),
        ("person,Ana Ruiz,Nobody,", "party", "Nobody", "missing"),
    ],
)
def test_so_does_each_line_of_the_look_up_file(tmp_path: Path, line: str, kind: str, wanted: str, problem: str):
    con = resolved(LOOKUP, lookup=f"type,harvest,quickbooks,party\n\n{line}\n", folder=tmp_path)
    found = rows(con, "SELECT setting, file, line, kind, wanted, problem FROM policy.unresolved")
    assert found == [("[contacts] lookup", "who.csv", 3, kind, wanted, problem)]


def test_everything_that_is_there_once_is_found_by_id_and_by_name(tmp_path: Path):
    """Case and outer spaces do not matter; codes, e-mails and names below a parent count."""
    con = resolved(
        '[billing]\nterms = "net 30"\n[[clients]]\nclient = " acme LTD "\nterms = { id = "7" }\n'
        '[[items.rules]]\nproject = "shop"\nclient = 2\nitem = "labor:design"\nincome_account = "Fees"\n'
        '[[free]]\ntask = "research"\n[[caps]]\nproject = "web-1"\namount = 5\n'
        '[contacts]\nlookup = "who.csv"\nreimbursable = ["BEN@firm.example"]\n',
        lookup="type,harvest,quickbooks,party\nperson,1000,Ana Ruiz,employee\nclient,2,beech,\ncategory,Service,1,\n",
        folder=tmp_path,
    )
    assert rows(con, "SELECT sentence FROM policy.unresolved") == []
    columns = "client_id_harvest, project_id_harvest, item_id_qb, account_id_qb"
    assert rows(con, f"SELECT {columns} FROM policy.item_rules ORDER BY rule_number LIMIT 1") == [(2, 12, "2", "70")]
    assert rows(con, "SELECT task_id_harvest FROM policy.free") == [(101,)]
    assert rows(con, "SELECT project_id_harvest, cap_amount FROM policy.caps") == [(10, 5)]
    assert rows(con, "SELECT harvest_id, quickbooks_id FROM policy.links ORDER BY ALL") == [
        (2, "52"), (200, "1"), (1000, "60"),
    ]  # fmt: skip


def test_the_sentence_names_the_line_and_lists_whom_it_could_mean():
    con = resolved('[[caps]]\nproject = "Website"\namount = 5\n[[free]]\ntask = "Desing"\n')
    assert [sentence for (sentence,) in rows(con, "SELECT sentence FROM policy.unresolved ORDER BY line DESC")] == [
        (
            "The policy names task Desing under [[free]] (policy.toml, line 7), and Harvest has none such. Until it is "
            "put right there, that rule holds for nobody."
        ),
        (
            "The policy names project Website under [[caps]] (policy.toml, line 4), and Harvest has several such: "
            "Website (id 10), Website (id 11). Name it by its id. Until it is put right there, that rule holds for "
            "nobody, and what it could mean is held."
        ),
    ]


def test_a_rule_that_names_somebody_unknown_does_not_hold_for_everybody():
    con = resolved(
        '[[items.rules]]\nclient = "Nobody"\ntask = 100\nitem = "Design"\n[[free]]\nclient = "Nobody"\ntask = 100\n'
    )
    assert rows(con, "SELECT rule_number FROM policy.item_rules") == [(1_000_000,)]
    assert rows(con, "SELECT * FROM policy.free") == []


def test_a_list_that_the_policy_leaves_unread_misses_nobody(tmp_path: Path):
    con = resolved(
        '[contacts]\nemployees = "ignore"\nlookup = "who.csv"\n',
        lookup="type,harvest,quickbooks,party\nperson,1000,99,employee\nperson,1001,98,\n",
        folder=tmp_path,
    )
    assert rows(con, "SELECT wanted FROM policy.unresolved") == []


def test_two_lines_about_one_client_contradict_each_other_although_one_says_its_id(tmp_path: Path):
    con = resolved(
        '[contacts]\nlookup = "who.csv"\n[[customers]]\nclient = 1\ncustomer = { id = "50" }\n',
        lookup="type,harvest,quickbooks\nclient,Acme Ltd,52\n",
        folder=tmp_path,
    )
    assert rows(con, "SELECT harvest_id, quickbooks_id, problem FROM policy.links") == [(1, None, "contradicted")]
    ((sentence,),) = rows(con, "SELECT sentence FROM policy.unresolved")
    assert sentence.startswith("policy.toml, line 5 and who.csv, line 2 say different things of one client")


def test_two_lines_that_say_the_same_of_one_client_are_one_link(tmp_path: Path):
    con = resolved(
        '[contacts]\nlookup = "who.csv"\n[[customers]]\nclient = 1\ncustomer = { id = "50" }\n',
        lookup="type,harvest,quickbooks\nclient,Acme Ltd,Acme Limited\n",
        folder=tmp_path,
    )
    assert rows(con, "SELECT harvest_id, quickbooks_id, problem FROM policy.links") == [(1, "50", None)]
