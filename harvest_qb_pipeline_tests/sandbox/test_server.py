"""What both products answer before they look at a record: addressing, authentication, limits, and who is who."""

import threading
import time

import httpx
import pytest

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline_tests.sandbox.clients import harvest_client, quickbooks_client


def test_it_answers_once_started_and_refuses_connections_once_stopped():
    with RunningSandbox() as sandbox:
        harvest = harvest_client(sandbox.create_company())
        sandbox.stop()
        with pytest.raises(httpx.ConnectError):
            harvest.get("/company")
        sandbox.restart_on_same_port()
        assert harvest.get("/company").status_code == 200


def test_harvest_needs_a_user_agent(company: JsonObject):
    answer = harvest_client(company).get("/company", headers={"User-Agent": ""})
    assert (answer.status_code, list(answer.json())) == (400, ["message"])


@pytest.mark.parametrize("headers", [{"Authorization": "Bearer nonsense"}, {"Authorization": ""}])
def test_harvest_answers_a_bad_token_in_its_oauth_dialect(company: JsonObject, headers: dict[str, str]):
    answer = harvest_client(company).get("/company", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_token"
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_harvest_without_an_account_header_is_unauthorised(company: JsonObject):
    client = harvest_client(company)
    del client.headers["Harvest-Account-Id"]
    assert client.get("/company").status_code == 401
    assert client.get("/company", params={"account_id": company["harvest_account_id"]}).status_code == 200


@pytest.mark.parametrize("status", [401, 404])
def test_a_wrong_account_id_is_401_or_404_by_switch(sandbox: RunningSandbox, company: JsonObject, status: int):
    sandbox.control("PATCH", f"/companies/{company['id']}/switches", {"wrong_account_status": status})
    other = sandbox.create_company()
    for account in ("99", other["harvest_account_id"]):
        answer = harvest_client(company).get("/company", headers={"Harvest-Account-Id": account})
        assert answer.status_code == status


def test_an_unknown_harvest_route_is_a_page_of_html(company: JsonObject):
    for answer in (harvest_client(company).get("/unicorns"), harvest_client(company).put("/clients", json={})):
        assert (answer.status_code, "Can't find page" in answer.text) == (404, True)
        assert answer.headers["content-type"].startswith("text/html")


def test_a_members_token_is_not_an_administrators(sandbox: RunningSandbox):
    company = sandbox.create_company(harvest_role="member")
    me = harvest_client(company, token=company["harvest_member_token"]).get("/users/me").json()
    assert "administrator" not in me["access_roles"]
    owner = harvest_client(company, token=company["harvest_administrator_token"]).get("/users/me").json()
    assert "administrator" in owner["access_roles"]


def test_a_members_token_in_an_account_without_members_is_nobodys(company: JsonObject):
    assert harvest_client(company, token=company["harvest_member_token"]).get("/users/me").status_code == 401


def test_answers_carry_the_companys_date(company: JsonObject):
    assert harvest_client(company).get("/company").headers["date"].startswith("Tue, 03 Nov 2026 17:")


def test_quickbooks_without_a_token_is_3200(company: JsonObject):
    with quickbooks_client(company) as client:
        for value, detail in (("", None), ("Bearer x", "Malformed bearer token: too short or too long")):
            answer = client.get("/preferences", headers={"Authorization": value})
            assert (answer.status_code, answer.json()["fault"]["error"][0]["detail"]) == (401, detail)


def test_a_quickbooks_token_opens_only_its_own_realm(sandbox: RunningSandbox, company: JsonObject):
    other = sandbox.create_company()
    with quickbooks_client(company) as client:
        for realm in (other["quickbooks_realm_id"], "9139999999999999"):
            answer = client.get(f"{company['env']['QUICKBOOKS_BASE_URL']}/v3/company/{realm}/preferences")
            assert (answer.status_code, 'code="100"' in answer.text) == (401, True)


def test_companies_share_nothing(sandbox: RunningSandbox, company: JsonObject):
    other = sandbox.create_company()
    harvest_client(company).post("/clients", json={"name": "Aster"})
    with quickbooks_client(company) as client:
        client.post("/customer", json={"DisplayName": "Aster"})
    sandbox.control("POST", f"/companies/{company['id']}/clock", {"days": 5})
    assert harvest_client(other).get("/clients").json()["clients"] == []
    assert sandbox.control("GET", f"/companies/{other['id']}/quickbooks/Customer") == []
    assert [c["path"] for c in sandbox.control("GET", f"/companies/{other['id']}/calls")] == ["/harvest/v2/clients"]
    assert sandbox.control("GET", f"/companies/{other['id']}")["today"] == other["today"]


def test_many_clients_at_once_lose_nothing(sandbox: RunningSandbox, company: JsonObject):
    def create(first: int) -> None:
        with harvest_client(company) as client:
            for number in range(first, first + 10):
                assert client.post("/clients", json={"name": f"Client {number}"}).status_code == 201

    threads = [threading.Thread(target=create, args=(n * 10,)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sandbox.control("GET", f"/companies/{company['id']}/harvest/clients")) == 50


def test_harvest_throttles_with_an_empty_page_and_says_how_long(sandbox: RunningSandbox):
    company = sandbox.create_company(rate_limits={"harvest": [3, 1.2]})
    client = harvest_client(company)
    assert [client.get("/company").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = client.get("/company")
    assert (refused.content, refused.headers["content-type"]) == (b"", "text/html")
    assert int(refused.headers["retry-after"]) in (1, 2)
    sandbox.control("PATCH", f"/companies/{company['id']}/switches", {"retry_after_header": False})
    assert "retry-after" not in client.get("/company").headers
    time.sleep(1.3)
    assert client.get("/company").status_code == 200


def test_reports_have_a_limit_of_their_own(sandbox: RunningSandbox):
    client = harvest_client(sandbox.create_company(rate_limits={"harvest_reports": [1, 900]}))
    span = {"from": "20261001", "to": "20261031"}
    assert [client.get("/reports/uninvoiced", params=span).status_code for _ in range(2)] == [200, 429]
    assert client.get("/company").status_code == 200


def test_quickbooks_throttles_in_xml_or_json_without_saying_how_long(sandbox: RunningSandbox):
    company = sandbox.create_company(rate_limits={"quickbooks_burst": [2, 30]})
    with quickbooks_client(company) as client:
        answers = [client.get("/preferences") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert "ThrottleExceeded" in answers[2].text
        assert answers[2].headers["content-type"].startswith("application/xml")
        assert "retry-after" not in answers[2].headers
        sandbox.control("PATCH", f"/companies/{company['id']}/switches", {"throttle_body": "json"})
        assert client.get("/preferences").json()["Fault"]["Error"][0]["code"] == "3001"


def test_the_real_limits_are_a_hundred_in_fifteen_seconds_and_ten_in_one(sandbox: RunningSandbox):
    limits = sandbox.create_company(rate_limits=True)["rate_limits"]
    assert limits == {
        "harvest": [100, 15],
        "harvest_reports": [100, 900],
        "quickbooks": [500, 60],
        "quickbooks_burst": [10, 1],
    }
