"""The token endpoint and the life of tokens, by the clock of the company."""

import httpx
import pytest

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.testing import RunningSandbox
from harvest_qb_pipeline_tests.sandbox.clients import quickbooks_client, refresh

INVALID_GRANT = {"error": "invalid_grant", "error_description": "Incorrect or invalid refresh token"}


def switch(sandbox: RunningSandbox, company: JsonObject, **switches: object) -> None:
    sandbox.control("PATCH", f"/companies/{company['id']}/switches", switches)


def later(sandbox: RunningSandbox, company: JsonObject, **span: float) -> None:
    sandbox.control("POST", f"/companies/{company['id']}/clock", span)


def test_a_refresh_answers_an_hour_of_access_and_a_hundred_and_one_days_of_refresh(company: JsonObject):
    reply = refresh(company, company["quickbooks_refresh_token"])
    body = reply.json()
    assert (reply.status_code, body["token_type"], body["expires_in"]) == (200, "bearer", 3600)
    assert body["x_refresh_token_expires_in"] == 8_726_400


def test_rotation_always_gives_a_new_value_and_ends_the_old_one_at_once(sandbox: RunningSandbox, company: JsonObject):
    switch(sandbox, company, rotate_refresh_token="always")
    first = company["quickbooks_refresh_token"]
    second = refresh(company, first).json()["refresh_token"]
    assert second != first
    late = refresh(company, first)
    assert (late.status_code, late.json()) == (400, INVALID_GRANT)
    assert refresh(company, second).status_code == 200


def test_daily_rotation_keeps_the_value_for_a_day(sandbox: RunningSandbox, company: JsonObject):
    first = company["quickbooks_refresh_token"]
    assert refresh(company, first).json()["refresh_token"] == first
    later(sandbox, company, hours=25)
    assert refresh(company, first).json()["refresh_token"] != first
    assert refresh(company, first).json() == INVALID_GRANT


def test_without_rotation_the_value_stays(sandbox: RunningSandbox, company: JsonObject):
    switch(sandbox, company, rotate_refresh_token="never")
    later(sandbox, company, days=90)
    first = company["quickbooks_refresh_token"]
    assert refresh(company, first).json()["refresh_token"] == first


def test_grace_keeps_a_replaced_value_good_for_a_day(sandbox: RunningSandbox, company: JsonObject):
    switch(sandbox, company, rotate_refresh_token="always", old_refresh_token_grace=True)
    first = company["quickbooks_refresh_token"]
    second = refresh(company, first).json()["refresh_token"]
    assert refresh(company, first).json()["refresh_token"] == second
    later(sandbox, company, hours=25)
    assert refresh(company, first).json() == INVALID_GRANT


def test_a_refresh_token_unused_for_a_hundred_and_two_days_is_dead(sandbox: RunningSandbox, company: JsonObject):
    later(sandbox, company, days=102)
    assert refresh(company, company["quickbooks_refresh_token"]).json() == INVALID_GRANT


def test_an_access_token_expires_after_an_hour_with_the_words_of_the_gateway(
    sandbox: RunningSandbox, company: JsonObject
):
    with quickbooks_client(company) as quickbooks:
        path = f"/companyinfo/{company['quickbooks_realm_id']}"
        assert quickbooks.get(path).status_code == 200
        later(sandbox, company, minutes=61)
        answer = quickbooks.get(path)
    assert answer.status_code == 401
    assert answer.json()["fault"]["error"][0]["code"] == "3200"
    assert answer.json()["fault"]["error"][0]["detail"] == "Token expired"


def test_an_expired_token_is_capitalised_by_switch(sandbox: RunningSandbox, company: JsonObject):
    switch(sandbox, company, unauthorised_body="capitalised")
    with quickbooks_client(company) as quickbooks:
        sandbox.control("POST", f"/companies/{company['id']}/connection", {"action": "expire"})
        answer = quickbooks.get("/preferences")
    assert (answer.status_code, answer.json()["Fault"]["type"]) == (401, "AUTHENTICATION")


def test_reconnecting_begins_a_new_chain_and_ends_the_old(sandbox: RunningSandbox, company: JsonObject):
    described = sandbox.control("POST", f"/companies/{company['id']}/connection", {"action": "reconnect"})
    assert refresh(company, company["quickbooks_refresh_token"]).json() == INVALID_GRANT
    assert refresh(company, described["env"]["QUICKBOOKS_REFRESH_TOKEN"]).status_code == 200


def test_a_disconnected_app_gets_403_and_no_new_tokens(sandbox: RunningSandbox, company: JsonObject):
    with quickbooks_client(company) as quickbooks:
        switch(sandbox, company, app_connected=False)
        answer = quickbooks.get("/preferences")
    assert (answer.status_code, answer.json()["fault"]["error"][0]["code"]) == (403, "3100")
    assert refresh(company, company["quickbooks_refresh_token"]).json() == INVALID_GRANT


def test_a_wrong_client_secret_is_invalid_client(company: JsonObject):
    reply = refresh(company, company["quickbooks_refresh_token"], secret="wrong")
    assert (reply.status_code, reply.json()) == (401, {"error": "invalid_client"})


def test_another_companys_refresh_token_is_invalid_grant(sandbox: RunningSandbox, company: JsonObject):
    other = sandbox.create_company()
    assert refresh(company, other["quickbooks_refresh_token"]).json() == INVALID_GRANT


@pytest.mark.parametrize(
    ("form", "error"),
    [({}, "invalid_request"), ({"grant_type": "authorization_code", "code": "x"}, "unsupported_grant_type")],
)
def test_other_grants_are_refused(company: JsonObject, form: dict[str, str], error: str):
    env = company["env"]
    auth = (env["QUICKBOOKS_CLIENT_ID"], env["QUICKBOOKS_CLIENT_SECRET"])
    reply = httpx.post(env["QUICKBOOKS_TOKEN_URL"], data=form, auth=auth)
    assert (reply.status_code, reply.json()) == (400, {"error": error})
