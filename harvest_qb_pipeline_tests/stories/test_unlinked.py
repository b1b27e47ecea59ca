"""What was made once and unlinked by a person since: it is not made again, and everything waits for their word."""

from harvest_qb_pipeline.ledger import links
from harvest_qb_pipeline_tests.stories.firm import Firm

JOBS = 'invoice_per = "project"\nproject_customers = "job"\n'


def unlink(firm: Firm, key: str) -> str:
    """Bea takes a link back; the id of what it linked, under a new name that nobody would recognise."""
    made = firm.ledger(lambda ledger: links.resolve(ledger, key))
    firm.ledger(lambda ledger: links.unlink(ledger, key, by="Bea", reason="another one"))
    firm.in_quickbooks("PATCH", f"Customer/{made}", DisplayName="Zebra Holding")
    return made


def name_it(firm: Firm, key: str, customer_id: str) -> None:
    firm.ledger(lambda ledger: links.set_link(ledger, key, customer_id, by="Bea", reason="this one"))


def test_a_client_whose_customer_was_unlinked_waits_and_its_bill_with_it(firm: Firm):
    birch = firm.client("Birch Ltd", is_known=False)
    firm.step()
    firm.approve_all()
    firm.step()
    key, bill = f"customer/client-{birch}", f"invoice/client-{birch}/2026-10"
    made = unlink(firm, key)
    firm.log(firm.project(birch, "Website"), "2026-10-05", "2")
    firm.draw_up()
    assert firm.holds(bill) == {
        "customer_unlinked": f"Birch Ltd has no customer: the one made for it in QuickBooks (id {made}) was unlinked, "
        f"and none is made twice. Say which it is with `harvest-qb links set {key} ID`."
    }
    right = firm.in_quickbooks("POST", "Customer", DisplayName="Birch of Salem")["Id"]
    name_it(firm, key, right)
    firm.draw_up()
    firm.bill(bill)
    assert firm.invoice(bill)["CustomerRef"]["value"] == right


def test_a_project_whose_job_was_unlinked_waits_and_its_bill_with_it(firm: Firm):
    firm.policy(billing=JOBS)
    birch = firm.client("Birch Ltd")
    website = firm.project(birch, "Website")
    firm.step()
    firm.approve_all()
    firm.step()
    key = f"job/project-{website}"
    made = unlink(firm, key)
    firm.log(website, "2026-10-05", "2")
    firm.draw_up()
    ((bill, held),) = [(p.key, firm.holds(p.key)) for p in firm.postings("invoice")]
    assert list(held) == ["job_unlinked"]
    assert f"(id {made}) was unlinked" in held["job_unlinked"]
    name_it(firm, key, made)
    firm.draw_up()
    firm.bill(bill)
    assert firm.invoice(bill)["CustomerRef"]["value"] == made


def test_what_was_approved_before_its_customer_was_unlinked_is_held_and_the_rest_goes_out(firm: Firm):
    firm.policy(billing=JOBS)
    birch, cedar = firm.client("Birch Ltd", is_known=False), firm.client("Cedar Ltd", is_known=False)
    website = firm.project(birch, "Website")
    firm.step()
    firm.approve(f"customer/client-{birch}")
    firm.push()
    unlink(firm, f"customer/client-{birch}")
    firm.approve(f"job/project-{website}", f"customer/client-{cedar}")
    firm.push()
    assert list(firm.holds(f"job/project-{website}")) == ["link_gone"]
    assert firm.posting(f"customer/client-{cedar}").state == "posted"
