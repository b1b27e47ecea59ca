"""Every kind of fault, as a real client meets it on a real connection."""

import threading
import time

import httpx
import pytest

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.testing import ControlError, RunningSandbox
from harvest_qb_pipeline_tests.sandbox.clients import harvest_client, quickbooks_client, refresh

NO_ANSWER = (httpx.RemoteProtocolError, httpx.ReadError)


class Bench:
    """A company with a fault armed on the creation of clients in Harvest."""

    def __init__(self, sandbox: RunningSandbox, company: JsonObject) -> None:
        self.sandbox, self.company, self.harvest = sandbox, company, harvest_client(company)

    def arm(self, **fault: object) -> JsonObject:
        described = {"method": "POST", "path": "/clients"} | fault
        return self.sandbox.control("POST", f"/companies/{self.company['id']}/faults", described)

    def create(self, name: str = "Aster") -> httpx.Response:
        return self.harvest.post("/clients", json={"name": name})

    def names(self) -> list[str]:
        clients = self.sandbox.control("GET", f"/companies/{self.company['id']}/harvest/clients")
        return sorted(client["name"] for client in clients)

    def last_call(self) -> JsonObject:
        return self.sandbox.control("GET", f"/companies/{self.company['id']}/calls")[-1]


@pytest.fixture
def bench(sandbox: RunningSandbox, company: JsonObject) -> Bench:
    return Bench(sandbox, company)


def test_a_connection_dropped_before_the_commit_leaves_nothing(bench: Bench):
    bench.arm(kind="drop_before_commit")
    with pytest.raises(NO_ANSWER):
        bench.create()
    assert bench.names() == []
    assert (bench.last_call()["fault"], bench.last_call()["status"]) == ("drop_before_commit", None)


def test_a_connection_dropped_after_the_commit_leaves_the_record(bench: Bench):
    bench.arm(kind="drop_after_commit")
    with pytest.raises(NO_ANSWER):
        bench.create()
    assert bench.names() == ["Aster"]
    assert bench.last_call()["answer"]["name"] == "Aster"


def test_a_late_commit_appears_after_the_client_has_looked_in_vain(bench: Bench):
    bench.arm(kind="commit_late", seconds=0.6)
    with pytest.raises(NO_ANSWER):
        bench.create()
    assert bench.harvest.get("/clients").json()["clients"] == []
    time.sleep(1.0)
    assert bench.names() == ["Aster"]


def test_a_delayed_request_is_carried_out_only_after_the_delay_even_if_the_client_has_given_up(bench: Bench):
    bench.arm(kind="delay", seconds=0.6)
    with pytest.raises(httpx.ReadTimeout):
        bench.harvest.post("/clients", json={"name": "Aster"}, timeout=0.2)
    assert bench.names() == []
    time.sleep(0.9)
    assert bench.names() == ["Aster"]


def test_a_delay_with_commit_carries_out_at_once_and_answers_late(bench: Bench):
    bench.arm(kind="delay", seconds=0.6, commit=True)
    with pytest.raises(httpx.ReadTimeout):
        bench.harvest.post("/clients", json={"name": "Aster"}, timeout=0.3)
    assert bench.names() == ["Aster"]


def test_a_delay_stops_nobody_else_in_the_same_company(bench: Bench):
    bench.arm(kind="delay", seconds=1.5)
    slow = threading.Thread(target=bench.create)
    slow.start()
    time.sleep(0.2)
    with harvest_client(bench.company) as another:
        assert another.get("/company").status_code == 200
        assert slow.is_alive()
    slow.join()
    assert bench.names() == ["Aster"]


def test_a_status_is_answered_instead_of_carrying_out(bench: Bench):
    bench.arm(kind="status", status=422, body={"message": "Name has already been taken"}, headers={"Hint": "taken"})
    answer = bench.create()
    assert (answer.status_code, answer.json(), answer.headers["hint"]) == (
        422,
        {"message": "Name has already been taken"},
        "taken",
    )
    assert bench.names() == []


def test_a_status_with_commit_is_answered_after_carrying_out(bench: Bench):
    bench.arm(kind="status", status=500, commit=True)
    assert bench.create().status_code == 500
    assert bench.names() == ["Aster"]


def test_a_status_without_a_body_is_the_page_of_a_gateway(bench: Bench):
    bench.arm(kind="status", status=502)
    answer = bench.create()
    assert answer.headers["content-type"].startswith("text/html")
    assert "<title>502</title>" in answer.text


def test_a_text_body_is_sent_as_it_is_under_the_type_asked_for(bench: Bench):
    bench.arm(kind="status", status=200, body='{"id": 1', headers={"Content-Type": "application/json"})
    answer = bench.create()
    assert (answer.text, answer.headers["content-type"]) == ('{"id": 1', "application/json")


def test_skip_lets_requests_pass_and_times_counts_those_it_meets(bench: Bench):
    bench.arm(kind="status", status=503, skip=1, times=2)
    assert [bench.create(f"Client {n}").status_code for n in range(5)] == [201, 503, 503, 201, 201]


def test_without_times_limit_a_fault_meets_all_until_it_is_cleared(bench: Bench):
    bench.arm(kind="status", status=503, times=None)
    assert [bench.create(f"Client {n}").status_code for n in range(3)] == [503, 503, 503]
    bench.sandbox.control("DELETE", f"/companies/{bench.company['id']}/faults")
    assert bench.create().status_code == 201


def test_a_fault_meets_only_its_method_and_the_end_of_its_path_whatever_the_query(bench: Bench):
    bench.arm(kind="status", status=503, method="GET", path="/clients", times=None)
    assert bench.create().status_code == 201
    assert bench.harvest.get("/clients", params={"page": 1}).status_code == 503
    client_id = bench.sandbox.control("GET", f"/companies/{bench.company['id']}/harvest/clients")[0]["id"]
    assert bench.harvest.get(f"/clients/{client_id}").status_code == 200


def test_faults_reach_quickbooks_and_the_token_endpoint(bench: Bench):
    bench.arm(kind="status", status=503, path="/tokens/bearer")
    assert refresh(bench.company, bench.company["quickbooks_refresh_token"]).status_code == 503
    bench.arm(kind="drop_after_commit", path="/customer")
    with quickbooks_client(bench.company) as quickbooks, pytest.raises(NO_ANSWER):
        quickbooks.post("/customer", json={"DisplayName": "Aster"})
    customers = bench.sandbox.control("GET", f"/companies/{bench.company['id']}/quickbooks/Customer")
    assert [customer["DisplayName"] for customer in customers] == ["Aster"]


def test_the_control_api_meets_no_fault(bench: Bench):
    bench.arm(kind="status", status=503, method=None, path="", times=None)
    assert bench.harvest.get("/clients").status_code == 503
    assert bench.names() == []


def test_a_fault_of_one_company_leaves_another_alone(bench: Bench):
    bench.arm(kind="drop_before_commit", times=None)
    other = bench.sandbox.create_company()
    assert harvest_client(other).post("/clients", json={"name": "Aster"}).status_code == 201


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [({"kind": "explode"}, "kind is one of"), ({"kind": "status", "code": 500}, "has no code")],
)
def test_a_fault_that_cannot_be_is_refused_with_what_can(bench: Bench, fault: JsonObject, sentence: str):
    with pytest.raises(ControlError, match=sentence):
        bench.arm(**fault)
