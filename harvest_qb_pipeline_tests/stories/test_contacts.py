"""Who is who, both ways, as a bookkeeper would tell it: clients and customers, projects and jobs, people."""

from collections.abc import Callable

import pytest

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger import links
from harvest_qb_pipeline_tests.stories.firm import Firm

JOBS = 'invoice_per = "project"\nproject_customers = "job"\n'
FIRST_PROJECT = """
[contacts.first_project]
name = "{customer} - General"
bill_by = "Project"
hourly_rate = 120
tasks = ["Design"]
people = ["Ann Lee"]
"""


def settle(firm: Firm) -> None:
    """Bea approves everything that is planned, and it is sent and read back."""
    firm.approve_all()
    firm.step()
    firm.step()


def decide(firm: Firm, *words: str) -> None:
    """Bea says who is who, looking at what was published."""
    firm.job("publish")
    typed = firm.type("links", *words)
    assert typed.code == 0, typed.err


def record(rows: list[JsonObject], name: str) -> JsonObject:
    (found,) = [row for row in rows if name in (row.get("DisplayName"), row.get("name"))]
    return found


def field(firm: Firm, key: str, name: str) -> str:
    """The status of one field of a linked pair."""
    ((status,),) = firm.rows(
        f"SELECT status FROM contacts.field_comparison WHERE link_key = '{key}' AND field = '{name}'"
    )
    return status


def test_a_new_customer_in_quickbooks_can_be_tracked_for_on_day_one(firm: Firm):
    firm.policy(rest=FIRST_PROJECT)
    firm.task("Design")
    ann = firm.person("Ann Lee")
    given = firm.in_quickbooks(
        "POST",
        "Customer",
        DisplayName="Poplar & Sons",
        GivenName="Pat",
        FamilyName="Poplar",
        PrimaryEmailAddr={"Address": "pat@poplar.example"},
        PrimaryPhone={"FreeFormNumber": "555-0199"},
        BillAddr={"Line1": "1 Elm St", "City": "Portland", "CountrySubDivisionCode": "OR", "PostalCode": "97201"},
    )
    firm.step()
    assert firm.states() == dict.fromkeys(
        (f"{kind}/customer-{given['Id']}" for kind in ("client", "contact", "project")), "planned"
    )
    settle(firm)
    client = record(firm.harvest("clients"), "Poplar & Sons")
    assert (client["currency"], client["address"].splitlines()[0]) == ("USD", "1 Elm St")
    (contact,) = firm.harvest("contacts")
    assert (contact["first_name"], contact["email"], contact["phone_office"]) == (
        "Pat",
        "pat@poplar.example",
        "555-0199",
    )
    project = record(firm.harvest("projects"), "Poplar & Sons - General")
    assert (project["client"]["id"], project["bill_by"], project["hourly_rate"]) == (client["id"], "Project", 120)
    assert [row["task"]["name"] for row in firm.harvest("task_assignments")] == ["Design"]
    assert ann in [row["user"]["id"] for row in firm.harvest("user_assignments")]
    assert firm.rows("SELECT client_id_harvest, customer_id_qb, how FROM contacts.client_links") == [
        (client["id"], given["Id"], "created")
    ]
    firm.assigned |= {(project["id"], "Design"), (project["id"], "Ann Lee")}
    assert firm.log(project["id"], "2026-11-05", "1"), "nothing is left to set up"


@pytest.mark.slow
def test_both_directions_run_many_times_and_nothing_goes_back_and_forth(firm: Firm):
    firm.policy(rest='[contacts]\narchived = "inactive"\n')
    firm.client("Birch Ltd", is_known=False)
    firm.in_quickbooks("POST", "Customer", DisplayName="Poplar Inc")
    firm.step()
    settle(firm)
    done = firm.writes()
    firm.job("contacts")
    firm.job("run")
    for _ in range(4):
        firm.approve_all()
        firm.step()
    assert firm.writes() == done
    assert sorted(row["name"] for row in firm.harvest("clients")) == ["Birch Ltd", "Poplar Inc"]
    assert sorted(row["DisplayName"] for row in firm.quickbooks("Customer")) == ["Birch Ltd", "Poplar Inc"]
    assert set(firm.states().values()) == {"posted"}


def test_what_we_made_and_got_no_answer_for_is_not_mirrored_back(firm: Firm):
    """The customer comes back through the changes before we know that it is ours."""
    firm.client("Birch Ltd", is_known=False)
    firm.step()
    firm.approve_all()
    firm.arm(method="POST", path="/customer", kind="drop_after_commit")
    firm.push()
    firm.step()
    settle(firm)
    assert [row["name"] for row in firm.harvest("clients")] == ["Birch Ltd"]
    assert len(firm.quickbooks("Customer")) == 1


def test_a_new_client_becomes_a_customer_and_its_changes_follow(firm: Firm):
    birch = firm.client("Birch Ltd", is_known=False, address="2 Oak Ave\nSalem")
    contact = firm.in_harvest("POST", "contacts", client_id=birch, first_name="Bea", email="bea@birch.example")
    firm.step()
    settle(firm)
    made = record(firm.quickbooks("Customer"), "Birch Ltd")
    assert (made["PrimaryEmailAddr"]["Address"], made["BillAddr"]["Line2"]) == ("bea@birch.example", "Salem")

    firm.in_quickbooks("PATCH", f"Customer/{made['Id']}", Notes=made["Notes"], WebAddr={"URI": "https://birch.example"})
    firm.in_harvest("PATCH", f"clients/{birch}", name="Birch Limited")
    firm.in_harvest("PATCH", f"contacts/{contact['id']}", email="ap@birch.example", phone_office="555-0111")
    firm.step()
    update = firm.posting(f"customer_update/client-{birch}/1")
    assert update.payload["fields"] == {
        "DisplayName": "Birch Limited",
        "PrimaryEmailAddr": {"Address": "ap@birch.example"},
        "PrimaryPhone": {"FreeFormNumber": "555-0111"},
    }
    settle(firm)
    changed = record(firm.quickbooks("Customer"), "Birch Limited")
    assert (changed["Id"], changed["PrimaryPhone"]["FreeFormNumber"]) == (made["Id"], "555-0111")
    assert changed["WebAddr"] == {"URI": "https://birch.example"}, "what we do not own stays"
    firm.in_harvest("PATCH", f"clients/{birch}", name="Birch Group")
    firm.step()
    assert firm.posting(f"customer_update/client-{birch}/2").payload["fields"] == {"DisplayName": "Birch Group"}


def test_a_change_on_the_side_that_does_not_own_the_field_is_told_and_never_overwritten(firm: Firm):
    """Rule 50."""
    birch = firm.client("Birch Ltd", is_known=False)
    firm.in_harvest("POST", "contacts", client_id=birch, first_name="Bea", email="bea@birch.example")
    firm.step()
    settle(firm)
    made = record(firm.quickbooks("Customer"), "Birch Ltd")
    firm.in_quickbooks("PATCH", f"Customer/{made['Id']}", PrimaryEmailAddr={"Address": "billing@birch.example"})
    done = firm.writes()
    for _ in range(3):
        firm.step()
        firm.approve_all()
        firm.push()
    key = f"customer/client-{birch}"
    assert field(firm, key, "email") == "differs"
    assert firm.writes() == done


def test_what_quickbooks_owns_comes_to_harvest(firm: Firm):
    firm.policy(rest='[contacts.owners]\naddress = "quickbooks"\nemail = "quickbooks"\n')
    birch = firm.client("Birch Ltd", is_known=True)
    firm.in_harvest("POST", "contacts", client_id=birch, first_name="Bea", email="bea@birch.example")
    firm.step()
    customer = record(firm.quickbooks("Customer"), "Birch Ltd")
    firm.in_quickbooks(
        "PATCH",
        f"Customer/{customer['Id']}",
        BillAddr={"Line1": "9 New Rd"},
        PrimaryEmailAddr={"Address": "ap@birch.example"},
    )
    firm.step()
    settle(firm)
    assert record(firm.harvest("clients"), "Birch Ltd")["address"] == "9 New Rd"
    assert firm.harvest("contacts")[0]["email"] == "ap@birch.example"
    assert set(firm.states().values()) == {"posted"}


def test_names_may_drift_after_the_link(firm: Firm):
    birch = firm.client("Birch, Ltd.", is_known=False)
    firm.in_quickbooks("POST", "Customer", DisplayName="BIRCH LIMITED")
    firm.step()
    assert firm.rows("SELECT how, rule FROM contacts.client_links") == [("matched", "exact name")]
    customer = record(firm.quickbooks("Customer"), "BIRCH LIMITED")
    firm.in_quickbooks("PATCH", f"Customer/{customer['Id']}", DisplayName="Northwind Forestry")
    firm.in_harvest("PATCH", f"clients/{birch}", name="Something Else Inc")
    firm.step()
    assert firm.rows("SELECT client_id_harvest, customer_id_qb FROM contacts.client_links") == [(birch, customer["Id"])]
    assert firm.rows("SELECT state FROM contacts.who_is_who WHERE link_type = 'client'") == [("linked",)]


def test_a_similar_customer_waits_for_a_person_who_is_remembered(firm: Firm):
    birch = firm.client("Bluebird Coffee", is_known=False)
    firm.in_quickbooks("POST", "Customer", DisplayName="Bluebird Coffee Roasters Inc")
    firm.step()
    assert firm.states() == {}, "neither a second customer nor a second client is planned"
    key = f"customer/client-{birch}"
    decide(firm, "reject", key, record(firm.quickbooks("Customer"), "Bluebird Coffee Roasters Inc")["Id"])
    firm.step()
    assert set(firm.states()) >= {key}, "not the same: now each gets its own counterpart"

    other = firm.client("Cedar Studio", is_known=False)
    firm.in_quickbooks("POST", "Customer", DisplayName="Cedar Studios LLC")
    firm.step()
    decide(firm, "confirm", f"customer/client-{other}")
    firm.step()
    assert firm.rows(f"SELECT customer_name, how FROM contacts.client_links WHERE client_id_harvest = {other}") == [
        ("Cedar Studios LLC", "confirmed")
    ]


def test_archived_becomes_inactive_only_by_policy_and_never_with_an_open_balance(firm: Firm):
    """Rule 51."""
    firm.policy(rest='[contacts]\narchived = "inactive"\n')
    birch = firm.client("Birch Ltd")
    web = firm.project(birch, "Website")
    firm.log(web, "2026-10-05", "2")
    firm.draw_up()
    firm.bill(f"invoice/client-{birch}/2026-10")
    firm.in_harvest("PATCH", f"projects/{web}", is_active=False)
    firm.in_harvest("PATCH", f"clients/{birch}", is_active=False)
    firm.step()
    key = f"customer_update/client-{birch}/active/1"
    assert firm.holds(key) == {
        "open_balance": "Birch Ltd is archived in Harvest, and owes 200.00 in QuickBooks. "
        "It becomes inactive once that is settled"
    }
    customer = record(firm.quickbooks("Customer"), "Birch Ltd")
    (invoice,) = firm.quickbooks("Invoice")
    firm.in_quickbooks(
        "POST",
        "Payment",
        CustomerRef={"value": customer["Id"]},
        TotalAmt=200,
        Line=[{"Amount": 200, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}],
    )
    firm.step()
    settle(firm)
    (customer,) = firm.quickbooks("Customer")
    assert (customer["Active"], customer["DisplayName"]) == (False, "Birch Ltd (deleted)")
    assert set(firm.states().values()) == {"posted"}


def test_archived_clients_keep_their_customers_by_default(firm: Firm):
    birch = firm.client("Birch Ltd")
    firm.step()
    firm.in_harvest("PATCH", f"clients/{birch}", is_active=False)
    firm.step()
    assert firm.states() == {}


def test_projects_are_jobs_where_the_policy_says_so_and_quickbooks_projects_are_used(firm: Firm):
    firm.policy(billing=JOBS, rest='[contacts]\njob_name = "{client} / {project}"\n')
    birch = firm.client("Birch Ltd")
    customer = record(firm.quickbooks("Customer"), "Birch Ltd")
    site = firm.project(birch, "Site: new", code="WEB")
    brand = firm.project(birch, "Brand")
    native = firm.in_quickbooks(
        "POST", "Customer", DisplayName="Brand", Job=True, IsProject=True, ParentRef={"value": customer["Id"]}
    )
    firm.step()
    settle(firm)
    job = record(firm.quickbooks("Customer"), "Birch Ltd / [WEB] Site - new")
    assert (job["Job"], job["ParentRef"]["value"], job["BillWithParent"]) == (True, customer["Id"], True)
    assert firm.rows(
        "SELECT project_id_harvest, customer_id_qb, how, is_project FROM contacts.project_links ORDER BY 1"
    ) == sorted([(site, job["Id"], "created", False), (brand, native["Id"], "matched", True)])
    made = firm.in_quickbooks("POST", "Customer", DisplayName="Audit", Job=True, ParentRef={"value": customer["Id"]})
    firm.step()
    settle(firm)
    audit = record(firm.harvest("projects"), "Audit")
    assert audit["client"]["id"] == birch
    assert (audit["id"], made["Id"]) in firm.rows(
        "SELECT project_id_harvest, customer_id_qb FROM contacts.project_links"
    )


def test_jobs_of_a_known_client_are_no_newcomers_where_projects_are_not_jobs(firm: Firm):
    firm.client("Birch Ltd")
    customer = record(firm.quickbooks("Customer"), "Birch Ltd")
    firm.in_quickbooks("POST", "Customer", DisplayName="Audit", Job=True, ParentRef={"value": customer["Id"]})
    firm.step()
    assert firm.states() == {}


def test_people_are_known_by_e_mail_then_by_name_and_employees_are_never_made(firm: Firm):
    """Rule 44."""
    firm.policy(rest='[contacts]\nnew_vendors = "contractors"\nreimbursable = ["Ann Lee"]\n')
    ann, bo, cy = (firm.person(name) for name in ("Ann Lee", "Bo Chan", "Cy Dunn"))
    firm.in_harvest("PATCH", f"users/{bo}", is_contractor=True)
    firm.in_quickbooks(
        "POST", "Employee", GivenName="Anna", FamilyName="Lee", PrimaryEmailAddr={"Address": "ann@firm.example"}
    )
    firm.step()
    settle(firm)
    employees = firm.quickbooks("Employee")
    vendors = {row["DisplayName"]: row["Id"] for row in firm.quickbooks("Vendor")}
    assert len(employees) == 1
    assert set(vendors) == {"Bo Chan", "Ann Lee"}
    assert set(firm.rows("SELECT user_id_harvest, party_type, party_id_qb, how FROM contacts.person_links")) == {
        (ann, "employee", employees[0]["Id"], "matched"),
        (ann, "vendor", vendors["Ann Lee"], "created"),
        (bo, "vendor", vendors["Bo Chan"], "created"),
    }
    ((code,),) = firm.rows(f"SELECT hold_code FROM contacts.person_matches WHERE user_id_harvest = {cy}")
    assert code == "person_unlinked"


@pytest.mark.slow
def test_a_customer_that_was_merged_away_holds_its_client_with_what_to_do(firm: Firm):
    birch = firm.client("Birch Ltd")
    web = firm.project(birch, "Website")
    firm.log(web, "2026-10-05", "2")
    firm.step()
    survivor = firm.in_quickbooks("POST", "Customer", DisplayName="Alder Holding")
    merged = record(firm.quickbooks("Customer"), "Birch Ltd")
    firm.in_quickbooks("PATCH", f"Customer/{merged['Id']}", merge_into=survivor["Id"])
    firm.draw_up()
    key = f"invoice/client-{birch}/2026-10"
    assert set(firm.holds(key)) == {"customer_inactive"}
    decide(firm, "set", f"customer/client-{birch}", survivor["Id"], "--reason", "merged in QuickBooks")
    firm.plan()
    assert firm.posting(key).state == "planned"
    firm.bill(key)
    assert firm.invoice(key)["CustomerRef"]["value"] == survivor["Id"]


def test_an_unlinked_pair_is_not_linked_again(firm: Firm):
    birch = firm.client("Birch Ltd")
    firm.step()
    key = f"customer/client-{birch}"
    decide(firm, "unlink", key, "--reason", "another Birch")
    firm.step()
    assert firm.ledger(lambda ledger: links.resolve(ledger, key)) is None
    assert firm.rows("SELECT count(*) FROM contacts.client_links") == [(0,)]


def test_an_e_mail_that_quickbooks_would_refuse_is_left_out_and_told(firm: Firm):
    birch = firm.client("Birch Ltd", is_known=False)
    firm.in_harvest("POST", "contacts", client_id=birch, first_name="Bea", email="bea@localhost")
    firm.step()
    settle(firm)
    assert "PrimaryEmailAddr" not in record(firm.quickbooks("Customer"), "Birch Ltd")
    assert field(firm, f"customer/client-{birch}", "email") == "unusable"


def test_the_policy_may_make_clients_without_asking(found: Callable[..., Firm]):
    firm = found()
    firm.policy(rest='[approvals]\nautomatic_kinds = ["client"]\n')
    firm.in_quickbooks("POST", "Customer", DisplayName="Poplar Inc")
    firm.client("Birch Ltd", is_known=False)
    firm.step()
    assert sorted(row["name"] for row in firm.harvest("clients")) == ["Birch Ltd", "Poplar Inc"]
    assert [row["DisplayName"] for row in firm.quickbooks("Customer")] == ["Poplar Inc"], "a customer needs a person"
