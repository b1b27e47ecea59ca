"""`doctor` finds what the policy names with the same SQL as a plan, on both systems as they are now."""

import sqlite3

from harvest_qb_pipeline_tests.ledger.test_manipulations import hash_anew
from harvest_qb_pipeline_tests.stories.firm import Firm

HEADER = "type,harvest,quickbooks,party\n"


def policy_findings(firm: Firm, code: int) -> list[str]:
    typed = firm.type("doctor")
    assert typed.code == code, typed.out
    return [line.split("policy", 1)[1].strip() for line in typed.out.splitlines() if line.split()[1:2] == ["policy"]]


def test_doctor_tells_every_name_that_fits_nobody_with_its_line(firm: Firm):
    client = firm.client("Acme Ltd")
    firm.project(client, "Website")
    (firm.home / "who.csv").write_text(f"{HEADER}client,{client},Nobody Inc,\nperson,Nobody,60,vendor\n")
    firm.policy(
        rest='[[clients]]\nclient = "Acme"\nterms = "Net 31"\n[[caps]]\nproject = "Webseite"\namount = 5\n'
        '[[items.rules]]\ntask = "Desing"\nitem = "Desing"\nincome_account = "Fees of Desing"\n'
        '[contacts]\nlookup = "who.csv"\n'
    )
    told = policy_findings(firm, code=1)
    lines = (firm.home / "policy.toml").read_text().splitlines()

    def at(name: str) -> str:
        line = next(number for number, text in enumerate(lines, start=1) if text.endswith(f' = "{name}"'))
        return f"(policy.toml, line {line})"

    for place in (
        f"client Acme under [[clients]] {at('Acme')}, and Harvest",
        f"terms Net 31 under [[clients]] {at('Net 31')}, and QuickBooks",
        f"project Webseite under [[caps]] {at('Webseite')}, and Harvest",
        "task Desing under [[items.rules]]",
        "item Desing under [[items.rules]]",
        f"account Fees of Desing under [[items.rules]] {at('Fees of Desing')}, and QuickBooks",
        "customer Nobody Inc under [contacts] lookup (who.csv, line 2), and QuickBooks",
        "person Nobody under [contacts] lookup (who.csv, line 3), and Harvest",
    ):
        assert any(place in sentence for sentence in told), (place, told)


def test_doctor_says_how_many_names_it_found(firm: Firm):
    client = firm.client("Acme Ltd")
    firm.policy(rest=f"[[clients]]\nclient = {client}\ngrace_days = 2")
    assert "All 3 records that it names are in Harvest and QuickBooks." in policy_findings(firm, code=0)


def ledger_findings(firm: Firm, code: int) -> list[str]:
    typed = firm.type("doctor")
    assert typed.code == code, typed.out
    return [line.split("ledger", 1)[1].strip() for line in typed.out.splitlines() if line.split()[1:2] == ["ledger"]]


def test_doctor_notices_a_chain_made_anew_by_what_was_noted_elsewhere(firm: Firm):
    """Files in the home and outside of it, the warehouse and Dagster's runs: each by itself tells."""
    outside = firm.home.parent / "vault" / "heads"
    firm.variables["HARVEST_QB_ANCHOR_FILE"] = str(outside)
    client = firm.client("Acme Ltd")
    firm.log(firm.project(client, "Website"), "2026-10-14", "3.5")
    firm.policy()
    assert firm.type("sync").code == 0
    assert firm.type("plan").code == 0
    assert len(ledger_findings(firm, code=0)) == 1
    with sqlite3.connect(firm.home / "ledger.sqlite") as con:
        con.execute("UPDATE events SET actor = 'Eve' WHERE event_id = 1")
        hash_anew(con)
    told = ledger_findings(firm, code=1)
    for place in (firm.home / "ledger.heads", outside, "the warehouse", "Dagster's runs"):
        assert any(f"is not the one that was noted in {place}" in sentence for sentence in told), (place, told)
    refused = firm.type("push")
    assert refused.code == 1
    assert "is not the one that was noted in" in refused.err
    assert firm.type("accept-ledger", "--reason", "restored from Monday's backup").code == 0
    assert len(ledger_findings(firm, code=0)) == 1
    assert firm.type("push").code == 0
