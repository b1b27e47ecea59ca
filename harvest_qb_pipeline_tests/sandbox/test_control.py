"""The control API: making companies, acting as a user, clocks, switches, and the record of calls."""

from datetime import date

import pytest

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.testing import ControlError, RunningSandbox
from harvest_qb_pipeline_tests.sandbox.clients import harvest_client, quickbooks_client

CONNECTION = {
    "HARVEST_BASE_URL",
    "HARVEST_ACCOUNT_ID",
    "HARVEST_ACCESS_TOKEN",
    "QUICKBOOKS_BASE_URL",
    "QUICKBOOKS_TOKEN_URL",
    "QUICKBOOKS_REALM_ID",
    "QUICKBOOKS_CLIENT_ID",
    "QUICKBOOKS_CLIENT_SECRET",
    "QUICKBOOKS_REFRESH_TOKEN",
    "HARVEST_QB_TODAY",
}


def test_a_new_company_answers_everything_a_client_must_export(sandbox: RunningSandbox):
    company = sandbox.create_company(seed=7, today="2026-11-03")
    assert set(company["env"]) == CONNECTION
    assert all(isinstance(value, str) and value for value in company["env"].values())
    assert (company["env"]["HARVEST_QB_TODAY"], company["seed"], company["size"]) == ("2026-11-03", 7, "empty")
    assert company["id"] in [listed["id"] for listed in sandbox.control("GET", "/companies")]


def test_without_a_day_a_company_lives_today(sandbox: RunningSandbox):
    day = date.fromisoformat(sandbox.create_company()["today"])
    assert abs((day - date.today()).days) <= 1  # noqa: DTZ011


def test_the_demo_company_has_the_ids_and_tokens_everybody_knows():
    with RunningSandbox() as sandbox:
        env = sandbox.create_company(id="demo")["env"]
    assert env["HARVEST_ACCOUNT_ID"] == "1000001"
    assert env["HARVEST_ACCESS_TOKEN"] == "sandbox-harvest-token-demo"
    assert env["QUICKBOOKS_REALM_ID"] == "9130000000000001"
    assert env["QUICKBOOKS_CLIENT_ID"] == "sandbox-client-demo"
    assert env["QUICKBOOKS_CLIENT_SECRET"] == "sandbox-secret-demo"
    assert env["QUICKBOOKS_REFRESH_TOKEN"] == "sandbox-refresh-demo"


def test_a_company_id_is_given_out_once(sandbox: RunningSandbox):
    sandbox.create_company(id="twice")
    with pytest.raises(ControlError, match="already"):
        sandbox.create_company(id="twice")


def test_a_deleted_company_is_gone_for_its_clients(sandbox: RunningSandbox):
    company = sandbox.create_company()
    sandbox.control("DELETE", f"/companies/{company['id']}")
    assert harvest_client(company).get("/company").status_code == 401
    with pytest.raises(ControlError, match="404"):
        sandbox.control("GET", f"/companies/{company['id']}")


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"size": "huge"}, "size is one of"),
        ({"switches": {"gravity": "off"}}, "no switch 'gravity'"),
        ({"switches": {"requestid": "maybe"}}, "is one of replay"),
        ({"rate_limits": {"lunch": [1, 1]}}, "rate_limits"),
        ({"harvest_role": "owner"}, "harvest_role"),
        ({"today": "soon"}, "soon"),
    ],
)
def test_a_wish_that_cannot_be_granted_is_refused_with_a_sentence(
    sandbox: RunningSandbox, wish: JsonObject, sentence: str
):
    with pytest.raises(ControlError, match=sentence) as refusal:
        sandbox.create_company(**wish)
    assert "400" in str(refusal.value)


def test_a_company_of_a_member_exports_the_members_token(sandbox: RunningSandbox):
    company = sandbox.create_company(harvest_role="member")
    assert company["env"]["HARVEST_ACCESS_TOKEN"] == company["harvest_member_token"]


def test_the_clock_is_set_advanced_and_stopped(sandbox: RunningSandbox, company: JsonObject):
    path = f"/companies/{company['id']}/clock"
    assert sandbox.control("POST", path, {"days": 2})["today"] == "2026-11-05"
    assert sandbox.control("POST", path, {"set": "2026-12-01"})["today"] == "2026-12-01"
    frozen = sandbox.control("POST", path, {"set": "2026-12-31T23:30:00Z", "frozen": True})
    assert (frozen["now"], frozen["today"]) == ("2026-12-31T23:30:00+00:00", "2026-12-31")
    assert sandbox.control("POST", path, {"hours": 6})["now"] == "2027-01-01T05:30:00+00:00"
    assert sandbox.control("GET", f"/companies/{company['id']}")["env"]["HARVEST_QB_TODAY"] == "2027-01-01"
    with pytest.raises(ControlError, match="The clock takes"):
        sandbox.control("POST", path, {"fortnights": 1})


def test_switches_are_changed_all_or_none(sandbox: RunningSandbox, company: JsonObject):
    path = f"/companies/{company['id']}/switches"
    assert sandbox.control("PATCH", path, {"query_lag_seconds": 5, "requestid": "forgotten"})["query_lag_seconds"] == 5
    with pytest.raises(ControlError):
        sandbox.control("PATCH", path, {"requestid": "replay", "doc_number": "eaten"})
    assert sandbox.control("GET", path)["requestid"] == "forgotten"


def test_every_switch_says_its_values_default_and_meaning(sandbox: RunningSandbox):
    switches = sandbox.control("GET", "/switches")
    assert {"requestid", "doc_number", "import_rates"} <= {switch["name"] for switch in switches}
    for switch in switches:
        assert switch["meaning"].endswith(".")
        assert switch["values"] == ["seconds"] or switch["default"] in switch["values"]


def test_a_user_creates_changes_and_deletes_in_harvests_own_pages(sandbox: RunningSandbox, company: JsonObject):
    path = f"/companies/{company['id']}/harvest/clients"
    created = sandbox.control("POST", path, {"name": "Aster", "currency": "USD"})
    changed = sandbox.control("PATCH", f"{path}/{created['id']}", {"name": "Aster & Daughters"})
    assert changed["name"] == "Aster & Daughters"
    assert sandbox.control("GET", f"{path}/{created['id']}")["name"] == "Aster & Daughters"
    sandbox.control("DELETE", f"{path}/{created['id']}")
    assert sandbox.control("GET", path) == []


def test_a_user_creates_and_changes_in_quickbooks_own_pages(sandbox: RunningSandbox, company: JsonObject):
    path = f"/companies/{company['id']}/quickbooks/Customer"
    created = sandbox.control("POST", path, {"DisplayName": "Aster"})
    sandbox.control("PATCH", f"{path}/{created['Id']}", {"Notes": "pays late"})
    assert [(c["DisplayName"], c["Notes"]) for c in sandbox.control("GET", path)] == [("Aster", "pays late")]


@pytest.mark.parametrize(
    "path", ["/harvest/unicorns", "/quickbooks/Unicorn", "/freshbooks/clients", "/harvest/clients/77"]
)
def test_what_does_not_exist_is_404_with_a_sentence(sandbox: RunningSandbox, company: JsonObject, path: str):
    with pytest.raises(ControlError, match="404"):
        sandbox.control("GET", f"/companies/{company['id']}{path}")


def test_calls_show_bodies_and_answers_but_no_secrets(sandbox: RunningSandbox, company: JsonObject):
    harvest_client(company).post("/clients?trace=1", json={"name": "Aster"})
    (call,) = sandbox.control("GET", f"/companies/{company['id']}/calls")
    assert (call["system"], call["method"], call["path"]) == ("harvest", "POST", "/harvest/v2/clients")
    assert (call["query"], call["params"], call["status"]) == ("trace=1", {"trace": "1"}, 201)
    assert (call["body"], call["answer"]["name"]) == ({"name": "Aster"}, "Aster")
    assert call["headers"]["authorization"] == "***"
    assert company["harvest_access_token"] not in str(call)


def test_the_token_endpoint_is_recorded_without_its_tokens(sandbox: RunningSandbox, company: JsonObject):
    quickbooks_client(company).close()
    (call,) = sandbox.control("GET", f"/companies/{company['id']}/calls?system=oauth")
    assert call["body"] == "grant_type=refresh_token&refresh_token=***"
    assert set(call["answer"].values()) & {"***"}
    assert company["quickbooks_refresh_token"] not in str(call)


def test_calls_are_narrowed_and_cleared(sandbox: RunningSandbox, company: JsonObject):
    client, path = harvest_client(company), f"/companies/{company['id']}/calls"
    client.post("/clients", json={"name": "Aster"})
    client.get("/clients")
    client.get("/company")
    assert len(sandbox.control("GET", f"{path}?path=/clients&method=post")) == 1
    assert len(sandbox.control("GET", f"{path}?status=200")) == 2
    assert sandbox.control("DELETE", path) == []
    assert sandbox.control("GET", path) == []
