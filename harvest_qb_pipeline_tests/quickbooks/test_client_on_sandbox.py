"""The client against the sandbox: tokens that rotate, limits that throttle, faults on real connections."""

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.quickbooks.client import QuickBooksClient
from harvest_qb_pipeline.quickbooks.writer import QuickBooksWriter
from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline.transport.faults import NotFound, NotSent, Stale, Throttled, Unauthorised, Unknown
from harvest_qb_pipeline.transport.http import HttpOptions
from harvest_qb_pipeline.transport.limits import Allowance
from harvest_qb_pipeline_tests.quickbooks.stores import MemoryStore


def client(
    company: JsonObject, store: MemoryStore | None = None, *, allowance: tuple[Allowance, ...] = (), **options: object
) -> QuickBooksClient:
    env = company["env"]
    return QuickBooksClient(
        env["QUICKBOOKS_BASE_URL"],
        env["QUICKBOOKS_TOKEN_URL"],
        env["QUICKBOOKS_REALM_ID"],
        env["QUICKBOOKS_CLIENT_ID"],
        env["QUICKBOOKS_CLIENT_SECRET"],
        env["QUICKBOOKS_REFRESH_TOKEN"],
        store or MemoryStore(),
        HttpOptions(**{"sleep": lambda seconds: None, **options}),  # type: ignore[arg-type]
        allowance=allowance,
    )


def customer(name: str) -> bytes:
    return jsontext.dumps({"DisplayName": name}).encode()


def calls(sandbox: RunningSandbox, company: JsonObject, system: str) -> list[JsonObject]:
    return sandbox.control("GET", f"/companies/{company['id']}/calls?system={system}")


def arm(sandbox: RunningSandbox, company: JsonObject, **fault: object) -> None:
    sandbox.control("POST", f"/companies/{company['id']}/faults", fault)


def test_a_customer_is_made_read_found_changed_and_counted(sandbox: RunningSandbox, company: JsonObject) -> None:
    quickbooks = client(company)
    made = QuickBooksWriter(quickbooks).write("/customer", customer("O'Brien & Söhne \\ Co"), request_id="r-1")
    assert quickbooks.get(f"/customer/{made['Id']}")["DisplayName"] == "O'Brien & Söhne \\ Co"
    name = quickbooks.quote("O'Brien & Söhne \\ Co")
    assert [row["Id"] for row in quickbooks.query(f"SELECT * FROM Customer WHERE DisplayName = {name}")] == [made["Id"]]
    off = jsontext.dumps({"Id": made["Id"], "SyncToken": made["SyncToken"], "sparse": True, "Active": False}).encode()
    assert QuickBooksWriter(quickbooks).write("/customer", off, request_id="r-2")["Active"] is False
    assert quickbooks.count("Customer", "Active = true") == 0
    assert quickbooks.count("Customer", "Active IN (true, false)") == 1
    with pytest.raises(Stale):
        QuickBooksWriter(quickbooks).write("/customer", off, request_id="r-3")
    with pytest.raises(NotFound):
        quickbooks.get("/customer/4711")


def test_pages_of_a_thousand_hold_every_customer_once(sandbox: RunningSandbox, company: JsonObject) -> None:
    for number in range(1005):
        sandbox.control("POST", f"/companies/{company['id']}/quickbooks/Customer", {"DisplayName": f"C{number}"})
    rows = client(company).query("SELECT * FROM Customer")
    assert len({row["Id"] for row in rows}) == len(rows) == 1005


def test_a_lost_answer_is_unknown_and_the_same_request_id_finds_what_was_made(
    sandbox: RunningSandbox, company: JsonObject
) -> None:
    quickbooks = client(company)
    arm(sandbox, company, method="POST", path="/customer", kind="drop_after_commit")
    with pytest.raises(Unknown):
        QuickBooksWriter(quickbooks).write("/customer", customer("Acme"), request_id="r-1")
    assert quickbooks.count("Customer") == 1
    assert QuickBooksWriter(quickbooks).write("/customer", customer("Acme"), request_id="r-1")["DisplayName"] == "Acme"
    assert quickbooks.count("Customer") == 1


@pytest.mark.parametrize(
    ("fault", "kind", "made"),
    [
        ({"kind": "drop_before_commit"}, Unknown, 0),
        ({"kind": "status", "status": 429}, Throttled, 0),
        ({"kind": "status", "status": 503}, Unknown, 0),
        ({"kind": "delay", "seconds": 2}, Unknown, 1),
    ],
)
def test_a_fault_on_a_write_is_told_by_its_type(
    sandbox: RunningSandbox, company: JsonObject, fault: JsonObject, kind: type[Exception], made: int
) -> None:
    quickbooks = client(company)
    quickbooks.get("/preferences")
    arm(sandbox, company, method="POST", path="/customer", **fault)
    with pytest.raises(kind):
        QuickBooksWriter(quickbooks).write("/customer", customer("Acme"), request_id="r-1", timeout=0.5)
    sent = [call for call in calls(sandbox, company, "quickbooks") if call["method"] == "POST"]
    assert len(sent) == 1
    if not made:
        assert quickbooks.count("Customer") == 0


def test_a_stopped_server_is_not_sent(company: JsonObject) -> None:
    with RunningSandbox() as own:
        quickbooks = client(own.create_company())
        quickbooks.get("/preferences")
        own.stop()
        with pytest.raises(NotSent):
            QuickBooksWriter(quickbooks).write("/customer", customer("Acme"), request_id="r-1")


def test_an_expired_token_is_renewed_within_a_read_and_within_a_write(
    sandbox: RunningSandbox, company: JsonObject
) -> None:
    store = MemoryStore()
    quickbooks = client(company, store)
    quickbooks.get("/preferences")
    sandbox.control("POST", f"/companies/{company['id']}/connection", {"action": "expire"})
    quickbooks.get("/preferences")
    sandbox.control("POST", f"/companies/{company['id']}/connection", {"action": "expire"})
    assert QuickBooksWriter(quickbooks).write("/customer", customer("Acme"), request_id="r-1")["DisplayName"] == "Acme"
    assert len(calls(sandbox, company, "oauth")) == 3
    assert quickbooks.count("Customer") == 1


def test_an_ended_connection_asks_a_person_to_connect_again(sandbox: RunningSandbox, company: JsonObject) -> None:
    sandbox.control("POST", f"/companies/{company['id']}/connection", {"action": "reconnect"})
    with pytest.raises(Unauthorised, match="harvest-qb connect"):
        client(company).get("/preferences")


@pytest.mark.parametrize("body", ["lower_case", "capitalised"])
def test_a_refused_token_is_understood_however_it_is_written(sandbox: RunningSandbox, body: str) -> None:
    company = sandbox.create_company(switches={"unauthorised_body": body})
    quickbooks = client(company)
    quickbooks.get("/preferences")
    sandbox.control("POST", f"/companies/{company['id']}/connection", {"action": "expire"})
    assert quickbooks.get("/preferences")["Id"] == "1"


def test_a_company_that_is_not_the_tokens_is_refused_with_its_variable(
    sandbox: RunningSandbox, company: JsonObject
) -> None:
    other = sandbox.create_company()
    mixed = {**company, "env": {**company["env"], "QUICKBOOKS_REALM_ID": other["env"]["QUICKBOOKS_REALM_ID"]}}
    with pytest.raises(Unauthorised, match="QUICKBOOKS_REALM_ID"):
        client(mixed).get("/preferences")


WORKER = """
import json, sys
from pathlib import Path
from harvest_qb_pipeline.ledger.store import open_ledger
from harvest_qb_pipeline.ledger.tokens import LedgerTokenStore
from harvest_qb_pipeline.quickbooks.client import QuickBooksClient
env, home = json.loads(sys.argv[1]), Path(sys.argv[2])
ledger = open_ledger(f"sqlite:///{home / 'ledger.sqlite'}", actor="test")
client = QuickBooksClient(
    env["QUICKBOOKS_BASE_URL"], env["QUICKBOOKS_TOKEN_URL"], env["QUICKBOOKS_REALM_ID"], env["QUICKBOOKS_CLIENT_ID"],
    env["QUICKBOOKS_CLIENT_SECRET"], env["QUICKBOOKS_REFRESH_TOKEN"], LedgerTokenStore(ledger, home=home),
)
for line in sys.stdin:
    client.get("/preferences")
    print("read", flush=True)
"""


def test_three_processes_keep_one_chain_though_every_refresh_ends_the_token_before(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    company = sandbox.create_company(switches={"rotate_refresh_token": "always"})
    command = [sys.executable, "-c", WORKER, json.dumps(company["env"]), str(tmp_path)]
    runs = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) for _ in range(3)
    ]
    try:
        for _ in range(4):
            for run in runs:
                assert run.stdin is not None
                run.stdin.write("go\n")
            for run in runs:
                assert run.stdout is not None
                assert run.stdout.readline() == "read\n"
            sandbox.control("POST", f"/companies/{company['id']}/connection", {"action": "expire"})
    finally:
        for run in runs:
            run.communicate(timeout=30)
    asked = calls(sandbox, company, "oauth")
    assert [call["status"] for call in asked] == [200] * 4, "one refresh for all three each time"


@pytest.mark.slow
def test_the_allowance_is_used_whole_by_two_clients_at_once_without_being_throttled(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    limits = {"quickbooks": [60, 3], "quickbooks_burst": [20, 0.8]}
    company = sandbox.create_company(rate_limits=limits)
    store = MemoryStore()
    pair = [
        client(
            company,
            store,
            limits_path=tmp_path / "limits.sqlite",
            sleep=time.sleep,
            allowance=(Allowance(18, 0.8), Allowance(58, 3)),
        )
        for _ in range(2)
    ]
    began = time.monotonic()

    def work(quickbooks: QuickBooksClient) -> None:
        for _ in range(60):
            quickbooks.get("/preferences")

    threads = [threading.Thread(target=work, args=(each,)) for each in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - began
    statuses = Counter(call["status"] for call in calls(sandbox, company, "quickbooks"))
    assert statuses[200] == 120
    assert statuses[429] <= 2, "a loaded machine may stretch one request beyond the margin, no more"
    assert 6 < seconds < 11, "120 calls at 58 in 3.25 s"
