"""Bare httpx clients for a company of the sandbox, so that its tests see exactly what is on the wire."""

import httpx

from harvest_qb_pipeline.jsontext import JsonObject


def harvest_client(company: JsonObject, *, token: str | None = None) -> httpx.Client:
    headers = {
        "Authorization": f"Bearer {token or company['harvest_access_token']}",
        "Harvest-Account-Id": company["harvest_account_id"],
        "User-Agent": "tests (tests@example.com)",
    }
    return httpx.Client(base_url=company["env"]["HARVEST_BASE_URL"], headers=headers, timeout=20)


def quickbooks_client(company: JsonObject) -> httpx.Client:
    reply = refresh(company, company["quickbooks_refresh_token"])
    env = company["env"]
    return httpx.Client(
        base_url=f"{env['QUICKBOOKS_BASE_URL']}/v3/company/{env['QUICKBOOKS_REALM_ID']}",
        headers={"Authorization": f"Bearer {reply.json()['access_token']}", "Accept": "application/json"},
        timeout=20,
    )


def refresh(company: JsonObject, refresh_token: str, *, secret: str | None = None) -> httpx.Response:
    env = company["env"]
    return httpx.post(
        env["QUICKBOOKS_TOKEN_URL"],
        data={"grant_type": "refresh_token", "refresh_token": refresh_token},
        auth=(env["QUICKBOOKS_CLIENT_ID"], secret or env["QUICKBOOKS_CLIENT_SECRET"]),
        timeout=20,
    )
