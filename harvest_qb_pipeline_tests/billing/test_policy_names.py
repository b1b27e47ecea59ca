"""Rules of the policy that name nobody, or several: told, and held where nobody can tell what was meant (rule 25)."""

import pytest

from harvest_qb_pipeline_tests.billing.books import POLICY


def test_what_the_policy_says_about_nobody_is_told(books):
    """A slip of the pen in a cap would else go unseen; names count by project code, too, whatever their case."""
    books.say(
        POLICY + '[[clients]]\nclient = "Acme Lt"\n[[caps]]\nproject = "web-1"\namount = 5\n'
        '[[items.rules]]\ntask = 999\nitem = "Services"\n[[free]]\nproject = "Website"\ntask = "Desing"\n'
    )
    books.con.execute("UPDATE harvest.projects SET project_code = 'WEB-1'")
    books.build()
    found = books.rows("SELECT setting, kind, wanted FROM policy.unresolved ORDER BY ALL")
    assert found == [
        ("[[clients]]", "client", "Acme Lt"),
        ("[[free]]", "task", "Desing"),
        ("[[items.rules]]", "task", "999"),
    ]
    assert "client Acme Lt under [[clients]]" in books.one(
        "SELECT sentence FROM billing.holds WHERE subject = 'policy' ORDER BY sentence LIMIT 1"
    )


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        ('[[clients]]\nclient = "Acme Ltd"\ngrace_days = 2\n', "client"),
        ('[[caps]]\nproject = "Website"\namount = 5\n', "project"),
        ('[[items.rules]]\ntask = "Design"\nitem = "Services"\n', "task"),
        ('[[items.rules]]\nproject = "Website"\nitem = "Services"\n', "project"),
    ],
)
def test_a_rule_whose_name_fits_several_holds_what_it_could_mean(books, rule, kind):
    """Nobody guesses which of two was meant, nor bills as if the rule were not there."""
    books.client(2, "ACME Ltd")
    books.project(11, "website", 2)
    books.add("harvest.tasks", task_id_harvest=105, task_name="DESIGN")
    books.say(POLICY + rule)
    books.entry("2026-10-05", "6")
    books.build()
    sentence = books.holds("invoice/client-1/2026-10")["policy_unclear"]
    assert f"The policy names {kind} " in sentence
    assert "(policy.toml, line 9), and Harvest has several such" in sentence


def test_a_rule_of_one_client_holds_no_draft_of_another(books):
    books.client(2, "Beta Ltd")
    books.add("harvest.tasks", task_id_harvest=105, task_name="DESIGN")
    books.say(POLICY + '[[items.rules]]\nclient = "Beta Ltd"\ntask = "Design"\nitem = "Services"\n')
    books.entry("2026-10-05", "6")
    books.build()
    assert books.holds("invoice/client-1/2026-10") == {}
