"""The client against the sandbox: lists as they page, other people's tokens, limits, faults on real connections."""

import json
import time
from collections import Counter
from pathlib import Path

import pytest

from harvest_qb_pipeline.harvest.client import HarvestClient
from harvest_qb_pipeline.harvest.endpoints import ENDPOINTS
from harvest_qb_pipeline.harvest.protocol import records
from harvest_qb_pipeline.harvest.writer import HarvestWriter
from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline.settings import ConfigurationError
from harvest_qb_pipeline.transport.faults import Fault, NotFound, NotSent, Refused, Throttled, Unauthorised, Unknown
from harvest_qb_pipeline.transport.http import HttpOptions
from harvest_qb_pipeline.transport.limits import Allowance


def client(
    company: JsonObject, *, token: str | None = None, account: str | None = None, **options: object
) -> HarvestClient:
    env = company["env"]
    return HarvestClient(
        env["HARVEST_BASE_URL"],
        account or env["HARVEST_ACCOUNT_ID"],
        token or env["HARVEST_ACCESS_TOKEN"],
        HttpOptions(**{"sleep": lambda seconds: None, **options}),  # type: ignore[arg-type]
    )


@pytest.fixture(scope="module")
def agency(sandbox: RunningSandbox) -> JsonObject:
    return sandbox.create_company(size="small", today="2026-11-03")


def arm(sandbox: RunningSandbox, company: JsonObject, **fault: object) -> None:
    sandbox.control("POST", f"/companies/{company['id']}/faults", fault)


@pytest.mark.parametrize(
    "stream", ["users", "clients", "projects", "tasks", "task_assignments", "time_entries", "invoices"]
)
def test_small_pages_hold_the_same_records_as_one_large_page(agency: JsonObject, stream: str) -> None:
    harvest, endpoint = client(agency), ENDPOINTS[stream]
    whole = harvest.list(endpoint.path, endpoint.key)
    small = harvest.list(endpoint.path, endpoint.key, {"per_page": max(2, len(whole) // 7)})
    assert [record["id"] for record in small] == [record["id"] for record in whole]
    assert whole


def test_pages_fetched_at_once_come_in_the_order_of_the_list(agency: JsonObject) -> None:
    harvest = client(agency)
    one_by_one = list(harvest.pages("/time_entries", {"per_page": 100}))
    at_once = list(harvest.pages_at_once("/time_entries", {"per_page": 100}))
    assert len(at_once) > 5
    assert [records(body, "time_entries") for body in at_once] == [records(body, "time_entries") for body in one_by_one]


def test_the_uninvoiced_report_is_a_list_like_the_others(agency: JsonObject) -> None:
    endpoint = ENDPOINTS["uninvoiced"]
    assert client(agency).list(endpoint.path, endpoint.key, {"from": "20261001", "to": "20261031"})


def test_a_member_is_refused_before_anything_is_read_and_an_administrator_is_not(agency: JsonObject) -> None:
    with pytest.raises(ConfigurationError, match="not an administrator"):
        client(agency, token=agency["harvest_member_token"]).require_administrator()
    assert client(agency).require_administrator()["id"]


def test_a_wrong_token_or_account_names_the_variables(sandbox: RunningSandbox, agency: JsonObject) -> None:
    with pytest.raises(Unauthorised, match="HARVEST_ACCESS_TOKEN"):
        client(agency, token="not-a-token-of-anybody").get("/company")
    with pytest.raises(Fault, match="HARVEST_ACCOUNT_ID"):
        client(agency, account="4711").get("/company")


def test_an_unknown_record_an_unknown_address_and_a_bad_value_are_refused(agency: JsonObject) -> None:
    harvest = client(agency)
    with pytest.raises(NotFound):
        harvest.get("/invoices/4711")
    with pytest.raises(Unknown, match="HARVEST_BASE_URL"):
        harvest.get("/no/such/place")
    with pytest.raises(Refused, match="per_page"):
        harvest.get("/clients", {"per_page": 2001})
    with pytest.raises(Refused, match="updated_since"):
        harvest.get("/clients", {"updated_since": "2010-01-01 00:00:00+00:00"})


def test_a_client_is_made_changed_and_deleted(company: JsonObject) -> None:
    harvest = client(company)
    made = HarvestWriter(harvest).write("POST", "/clients", b'{"name":"Acme \xc3\xa9"}')
    assert made["name"] == "Acme é"
    assert HarvestWriter(harvest).write("PATCH", f"/clients/{made['id']}", b'{"is_active":false}')["is_active"] is False
    HarvestWriter(harvest).write("DELETE", f"/clients/{made['id']}", None)
    with pytest.raises(NotFound):
        harvest.get(f"/clients/{made['id']}")
    with pytest.raises(Refused, match="can't be blank"):
        HarvestWriter(harvest).write("POST", "/clients", b"{}")


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"kind": "drop_before_commit"}, Unknown),
        ({"kind": "drop_after_commit"}, Unknown),
        ({"kind": "delay", "seconds": 2}, Unknown),
        ({"kind": "status", "status": 429}, Throttled),
        ({"kind": "status", "status": 502}, Unknown),
    ],
)
def test_a_fault_on_a_write_is_told_by_its_type_and_sent_once(
    sandbox: RunningSandbox, company: JsonObject, fault: JsonObject, kind: type[Exception]
) -> None:
    arm(sandbox, company, method="POST", path="/clients", **fault)
    with pytest.raises(kind):
        HarvestWriter(client(company)).write("POST", "/clients", json.dumps({"name": "Acme"}).encode(), timeout=0.5)
    sent = [
        call
        for call in sandbox.control("GET", f"/companies/{company['id']}/calls?system=harvest")
        if call["method"] == "POST"
    ]
    assert len(sent) == 1


def test_a_list_survives_faults_in_its_middle(sandbox: RunningSandbox, agency: JsonObject) -> None:
    harvest = client(agency)
    whole = harvest.list("/projects", "projects")
    for kind in ({"kind": "status", "status": 500}, {"kind": "drop_before_commit"}, {"kind": "status", "status": 429}):
        arm(sandbox, agency, method="GET", path="/projects", skip=1, times=1, **kind)
    assert harvest.list("/projects", "projects", {"per_page": 5}) == whole


def test_a_stopped_server_is_not_sent() -> None:
    with RunningSandbox() as own:
        harvest = client(own.create_company())
        own.stop()
        with pytest.raises(NotSent):
            HarvestWriter(harvest).write("POST", "/clients", b'{"name":"Acme"}')


@pytest.mark.slow
def test_the_limit_is_used_whole_without_being_throttled_and_a_429_is_survived(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    company = sandbox.create_company(rate_limits={"harvest": [50, 1.5]})
    env = company["env"]
    options = HttpOptions(limits_path=tmp_path / "limits.sqlite")
    allowance = (Allowance(48, 1.5),)
    harvest = HarvestClient(
        env["HARVEST_BASE_URL"],
        env["HARVEST_ACCOUNT_ID"],
        env["HARVEST_ACCESS_TOKEN"],
        options,
        general_allowance=allowance,
    )
    began = time.monotonic()
    for _ in range(120):
        harvest.get("/company")
    seconds = time.monotonic() - began
    calls = sandbox.control("GET", f"/companies/{company['id']}/calls?system=harvest")
    statuses = Counter(call["status"] for call in calls)
    assert statuses[200] == 120
    assert statuses[429] <= 1
    assert 3.2 < seconds < 6
    greedy = client(company, sleep=time.sleep)
    for _ in range(60):
        greedy.get("/company")
    calls = sandbox.control("GET", f"/companies/{company['id']}/calls?system=harvest&status=429")
    assert len(calls) > statuses[429], "without a limit of its own it is throttled, waits as told and comes through"
