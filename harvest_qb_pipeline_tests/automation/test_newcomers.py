"""The sensor `new_customers`, evaluated for real: a ledger, a company in the sandbox, and the resources of the jobs."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import dagster as dg
import pytest

from harvest_qb_pipeline import resources
from harvest_qb_pipeline.automation.newcomers import new_customers
from harvest_qb_pipeline.ledger import links
from harvest_qb_pipeline.quickbooks.endpoints import CDC_OBJECTS
from harvest_qb_pipeline.settings import utc_now
from harvest_qb_pipeline_tests.stories.firm import Firm

NOTHING = "No new customer in QuickBooks."


class Watch:
    """The sensor looking again and again, each time from where its last look ended."""

    def __init__(self, firm: Firm, instance: dg.DagsterInstance) -> None:
        self.firm = firm
        self.instance = instance
        self.cursor: str | None = None

    def look(self) -> list[dg.RunRequest] | str:
        """The runs it asks for, or why it asks for none."""
        with self.firm.at_work():
            context = dg.build_sensor_context(
                instance=self.instance, cursor=self.cursor, resources=resources.resources(self.firm.http)
            )
            with context:
                found = new_customers(context)
        if isinstance(found, dg.SkipReason):
            return found.skip_message or ""
        assert isinstance(found, dg.SensorResult)
        self.cursor = found.cursor
        if found.run_requests:
            return list(found.run_requests)
        assert found.skip_reason is not None
        return found.skip_reason.skip_message or ""

    def since(self) -> datetime:
        return datetime.fromisoformat(json.loads(self.cursor or "{}")["since"])


@pytest.fixture
def watch(firm: Firm) -> Iterator[Watch]:
    """A sensor that has looked once; an hour later."""
    with dg.DagsterInstance.ephemeral() as instance:
        watching = Watch(firm, instance)
        assert watching.look() == NOTHING
        assert watching.look() == NOTHING
        later(firm, hours=1)
        yield watching


def later(firm: Firm, **units: float) -> None:
    firm.control("POST", "/clock", units)


def newcomer(firm: Firm, name: str) -> str:
    return firm.in_quickbooks("POST", "Customer", DisplayName=name)["Id"]


def run_key(found: list[dg.RunRequest] | str) -> str | None:
    assert isinstance(found, list), found
    (request,) = found
    return request.run_key


def test_a_customer_that_somebody_made_starts_the_job_once(firm: Firm, watch: Watch):
    assert new_customers.job_name == "contacts"
    made = newcomer(firm, "Poplar Inc")
    assert run_key(watch.look()) == f"new-customers-{made}"
    assert watch.look() == NOTHING, "the overlap shows it again, and it was told of"
    job = firm.in_quickbooks("POST", "Customer", DisplayName="Audit", Job=True, ParentRef={"value": made})["Id"]
    other = newcomer(firm, "Birch Ltd")
    assert run_key(watch.look()) in (f"new-customers-{job}-{other}", f"new-customers-{other}-{job}")
    assert watch.look() == NOTHING


def test_each_look_begins_where_the_last_one_ended_by_the_clock_of_quickbooks(firm: Firm, watch: Watch):
    watch.look()
    before = watch.since()
    later(firm, hours=2)
    watch.look()
    assert timedelta(hours=2) <= watch.since() - before < timedelta(hours=2, minutes=1)


def test_what_we_made_starts_nothing_whether_we_know_of_it_or_not(firm: Firm, watch: Watch):
    firm.client("Birch Ltd", is_known=False)
    firm.client("Cedar Ltd", is_known=False)
    firm.step()
    firm.approve_all()
    firm.arm(method="POST", path="/customer", kind="drop_after_commit")
    firm.push()
    linked = firm.ledger(lambda ledger: links.links(ledger, prefix="customer/"))
    assert len(firm.quickbooks("Customer")) == 2
    assert len(linked) == 1, "of the other no answer came: its marker alone tells that it is ours"
    # Somebody clears the note of the one that is linked.
    firm.in_quickbooks("PATCH", f"Customer/{linked[0].external_id}", Notes="")
    assert watch.look() == NOTHING


def test_a_customer_that_is_linked_already_starts_nothing(firm: Firm, watch: Watch):
    firm.client("Birch Ltd", is_known=True)
    firm.step()
    assert watch.look() == NOTHING


def test_an_old_customer_that_only_changed_starts_nothing(firm: Firm, watch: Watch):
    old = newcomer(firm, "Poplar Inc")
    later(firm, hours=1)
    # Its first look is its first look: it was told of nothing.
    watch.cursor = json.dumps({"since": _now(firm).isoformat(), "told": []})
    firm.in_quickbooks("PATCH", f"Customer/{old}", DisplayName="Poplar Group")
    assert watch.look() == NOTHING


def test_a_customer_that_quickbooks_tells_of_late_is_still_found(firm: Firm, watch: Watch):
    firm.control("PATCH", "/switches", {"cdc_lag_seconds": 600})
    made = newcomer(firm, "Poplar Inc")
    for _ in range(2):
        assert watch.look() == NOTHING
        later(firm, minutes=4)
    later(firm, minutes=4)
    assert run_key(watch.look()) == f"new-customers-{made}"
    assert watch.look() == NOTHING


def test_without_quickbooks_the_cursor_stays_and_nothing_is_missed(firm: Firm, watch: Watch):
    watch.look()
    before = watch.cursor
    made = newcomer(firm, "Poplar Inc")
    firm.arm(method="GET", path="/cdc", kind="drop_before_commit", times=None)
    said = watch.look()
    assert isinstance(said, str)
    assert said.startswith("QuickBooks could not be asked; the next look begins where this one did. ")
    assert watch.cursor == before
    later(firm, hours=5)
    firm.control("DELETE", "/faults")
    assert run_key(watch.look()) == f"new-customers-{made}"


def test_after_a_pause_longer_than_quickbooks_remembers_the_job_reads_everything_once(found: Callable[..., Firm]):
    firm = found(today=utc_now().date().isoformat())
    with dg.DagsterInstance.ephemeral() as instance:
        watch = Watch(firm, instance)
        began = utc_now() - timedelta(days=40)
        watch.cursor = json.dumps({"since": began.isoformat(), "told": []})
        assert run_key(watch.look()) == f"new-customers-since-{began:%Y-%m-%d}"
        assert watch.look() == NOTHING


def test_more_changes_than_one_answer_holds_start_the_job_though_no_newcomer_is_seen(firm: Firm, watch: Watch):
    """Changes come oldest first, so those who are left out are the newest."""
    for number in range(CDC_OBJECTS):
        firm.in_quickbooks("POST", "Customer", DisplayName=f"Customer {number}")
    later(firm, hours=1)
    watch.cursor = json.dumps({"since": _now(firm).isoformat(), "told": []})
    for customer in firm.quickbooks("Customer"):
        firm.in_quickbooks("PATCH", f"Customer/{customer['Id']}", Notes="Reviewed")
    later(firm, seconds=1)
    newcomer(firm, "Poplar Inc")
    assert (run_key(watch.look()) or "").startswith("new-customers-among-many-")


def _now(firm: Firm) -> datetime:
    return datetime.fromisoformat(firm.control("GET", "/clock")["now"])
