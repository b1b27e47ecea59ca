"""October 2026 of one firm, with one client for each situation that a bookkeeper knows.

Belongs here: who worked for whom, at which rate. Must not be here: what should come of it.
"""

from dataclasses import dataclass, field

from harvest_qb_pipeline_tests.stories.firm import Firm

RULES = """
[[clients]]
client = "Juniper Ltd"
cadence = "weekly"
[[clients]]
client = "Kelp Ltd"
cadence = "semi_monthly"
[[clients]]
client = "Quartz Ltd"
cadence = "every_two_weeks"
anchor_on = 2026-10-05
[[clients]]
client = "Lark Ltd"
invoice_per = "project"
project_customers = "job"
[[clients]]
client = "Moss Ltd"
invoice_per = "group"
[[clients.groups]]
name = "Phase 2"
purchase_order = "PO-4711"
projects = ["Beds", "Borders"]
[[clients]]
client = "Nettle Ltd"
clean_projects = true
[[clients]]
client = "Onyx Ltd"
minimum_invoice = 500
[[clients]]
client = "Opal Ltd"
minimum_invoice = 500
[[clients]]
client = "Pine Ltd"
cadence = "on_demand"
[[clients]]
client = "Reed Ltd"
grouping = "project_person"
terms = "Net 15"
[[free]]
project = "Charity"
"""


@dataclass
class October:
    """The firm and the ids of its clients and projects by name."""

    firm: Firm
    clients: dict[str, int] = field(default_factory=dict)
    projects: dict[str, int] = field(default_factory=dict)

    def key(self, client: str, period: str = "2026-10") -> str:
        """Key of a client's bill."""
        return f"invoice/client-{self.clients[client]}/{period}"

    def project(
        self, client: str, name: str = "Website", *, is_known: bool = True, rate: object = 100, **fields: object
    ) -> int:
        """A project of a client, either of which is made at first mention; of a currency other than USD if said."""
        currency = {"currency": fields.pop("currency")} if "currency" in fields else {}
        if client not in self.clients:
            self.clients[client] = self.firm.client(client, is_known=is_known, **currency)  # type: ignore[arg-type]
        self.projects[name] = self.firm.project(self.clients[client], name, rate, **fields)  # type: ignore[arg-type]
        return self.projects[name]


def live_october(firm: Firm) -> October:
    """The month is worked, and on 5 November it is landed and planned."""
    month = October(firm)
    firm.policy(rest=RULES)
    _bill_plainly(month)
    _wait(month)
    _find_customers(month)
    _bill_by_the_policy(month)
    firm.draw_up()
    return month


def _bill_plainly(month: October) -> None:
    firm = month.firm
    acme = month.project("Acme Ltd", bill_by="People", rate=None)
    firm.log(acme, "2026-10-05", "2.5", rate=100)
    firm.log(acme, "2026-10-06", "0.33", by="Ben Fox", rate="155.55")
    dune = month.project("Dune Ltd", "Support")
    firm.log(dune, "2026-10-07", "4")
    brand = month.project("Dune Ltd", "Brand", is_fixed_fee=True, bill_by="none", rate=None, fee=5000)
    firm.log(brand, "2026-10-08", "3")
    firm.log(brand, "2026-10-09", "2.25", by="Ben Fox")
    fjord = month.project("Fjord Ltd", "Film")
    firm.log(fjord, "2026-10-12", "3")
    travel = firm.in_harvest("POST", "expense_categories", name="Travel")["id"]
    firm.in_harvest(
        "POST", "expenses", project_id=fjord, user_id=firm.person("Ann Lee"), expense_category_id=travel,
        spent_date="2026-10-12", total_cost="120.50", billable=True,
    )  # fmt: skip
    quiet = month.project("Sage Ltd", "Charity", rate=0)
    firm.log(quiet, "2026-10-13", "2")
    mixed = month.project("Sage Ltd", "Paid")
    firm.log(mixed, "2026-10-13", "1.75")
    firm.log(mixed, "2026-10-14", "5", task="Lunch", billable=False)
    firm.log(mixed, "2026-11-02", "1")


def _wait(month: October) -> None:
    firm = month.firm
    birch = month.project("Birch Ltd", "Shop")
    firm.log(birch, "2026-10-01", "8")
    firm.log(birch, "2026-10-05", "6.5", by="Ben Fox", approved=False)
    firm.log(birch, "2026-10-06", "3", by="Ben Fox", approved=False)
    firm.log(birch, "2026-10-07", "2", by="Cleo Hart", approved=False)
    cobalt = month.project("Cobalt Ltd", "Lab", bill_by="People", rate=None)
    firm.log(cobalt, "2026-10-05", "2", rate=90)
    firm.log(cobalt, "2026-10-06", "1.5", by="Ben Fox")
    elm = month.project("Elm GmbH", "Haus", is_known=False, currency="EUR")
    firm.log(elm, "2026-10-05", "2")


def _find_customers(month: October) -> None:
    firm = month.firm
    grove = month.project("Grove Ltd", "Trees")
    firm.log(grove, "2026-10-05", "1")
    customers = {row["DisplayName"]: row["Id"] for row in firm.quickbooks("Customer")}
    firm.in_quickbooks("PATCH", f"Customer/{customers['Grove Ltd']}", Active=False)
    firm.in_quickbooks("POST", "Customer", DisplayName="Harbor, Inc.")
    firm.in_quickbooks("POST", "Customer", DisplayName="HARBOR Inc")
    firm.log(month.project("Harbor Inc", "Pier", is_known=False), "2026-10-05", "1")
    firm.log(month.project("Iris Studio", "Eyes", is_known=False), "2026-10-05", "1.5")
    firm.in_quickbooks("POST", "Customer", DisplayName="Thistle Limited")
    firm.log(month.project("Thistle Ltd.", "Down", is_known=False), "2026-10-05", "2")


def _bill_by_the_policy(month: October) -> None:
    firm = month.firm
    juniper = month.project("Juniper Ltd", "Gin")
    firm.log(juniper, "2026-10-14", "1")
    firm.log(juniper, "2026-10-19", "2")
    kelp = month.project("Kelp Ltd", "Sea")
    firm.log(kelp, "2026-10-15", "3")
    firm.log(kelp, "2026-10-16", "4")
    quartz = month.project("Quartz Ltd", "Watch")
    firm.log(quartz, "2026-10-18", "5")
    firm.log(quartz, "2026-10-19", "6")
    for name, hours in (("App", "1.25"), ("Store", "2.5")):
        firm.log(month.project("Lark Ltd", name), "2026-10-20", hours)
    for name, hours in (("Beds", "1"), ("Borders", "2"), ("Lawn", "3")):
        firm.log(month.project("Moss Ltd", name), "2026-10-21", hours)
    firm.log(month.project("Nettle Ltd", "Clean"), "2026-10-05", "2")
    firm.log(month.project("Nettle Ltd", "Sting"), "2026-10-05", "7")
    firm.log(month.projects["Sting"], "2026-10-06", "1", approved=False)
    onyx = month.project("Onyx Ltd", "Black")
    firm.log(onyx, "2026-09-10", "2")
    firm.log(onyx, "2026-10-10", "4")
    firm.log(month.project("Opal Ltd", "White"), "2026-10-10", "4.99")
    firm.log(month.project("Pine Ltd", "Cone"), "2026-10-10", "2")
    reed = month.project("Reed Ltd", "Organ")
    firm.log(reed, "2026-10-10", "1")
    firm.log(reed, "2026-10-11", "2", by="Ben Fox", task="Build")
    firm.log(reed, "2026-10-12", "3", by="Ben Fox")
