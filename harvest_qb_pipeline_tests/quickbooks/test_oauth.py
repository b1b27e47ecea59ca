import base64
import threading
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest

from harvest_qb_pipeline.quickbooks.oauth import (
    TokenKeeper,
    TokenStore,
    authorization_url,
    fingerprint,
    token_reply,
)
from harvest_qb_pipeline.settings import ConfigurationError
from harvest_qb_pipeline.transport.faults import Fault, Refused, Throttled, Unauthorised, Unknown
from harvest_qb_pipeline.transport.http import Answer, Http, HttpOptions
from harvest_qb_pipeline.transport.redaction import Redactor
from harvest_qb_pipeline.transport.tokens import OAuthTokens
from harvest_qb_pipeline_tests.quickbooks.stores import MemoryStore
from harvest_qb_pipeline_tests.transport.stub import Asked, Reply, Stub

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FIRST = "refresh-token-of-the-environment"


class Intuit:
    """The token endpoint: each refresh gives a new pair and ends the refresh token that was used."""

    def __init__(self) -> None:
        self.valid = FIRST
        self.issued = 0
        self.forms: list[dict[str, str]] = []
        self.lock = threading.Lock()

    def __call__(self, asked: Asked) -> Reply:
        with self.lock:
            form = dict(parse_qsl(asked.body.decode()))
            self.forms.append(form)
            if form.get("refresh_token", self.valid) != self.valid:
                return Reply(400, {"error": "invalid_grant", "error_description": "Incorrect or invalid refresh token"})
            self.issued += 1
            self.valid = f"refresh-token-{self.issued}"
            return Reply(
                body={
                    "token_type": "bearer",
                    "access_token": f"access-token-{self.issued}",
                    "refresh_token": self.valid,
                    "expires_in": 3600,
                    "x_refresh_token_expires_in": 8726400,
                }
            )


def keeper(server: Stub, store: TokenStore, *, token: str = FIRST, clock: list[datetime] | None = None) -> TokenKeeper:
    http = Http("quickbooks", HttpOptions(sleep=lambda seconds: None), Redactor())
    now = clock or [NOW]
    return TokenKeeper(http, f"{server.url}/bearer", "913", "client-id", "client-secret", token, store, lambda: now[0])


def test_the_first_token_comes_from_the_environment_and_is_stored_with_its_rotated_successor() -> None:
    store, intuit = MemoryStore(), Intuit()
    with Stub(intuit) as server:
        assert keeper(server, store).access_token() == "access-token-1"
        asked = server.asked[0]
    assert intuit.forms == [{"grant_type": "refresh_token", "refresh_token": FIRST}]
    assert asked.headers["authorization"] == "Basic " + base64.b64encode(b"client-id:client-secret").decode()
    assert asked.headers["content-type"].startswith("application/x-www-form-urlencoded")
    assert store.tokens["913"] == OAuthTokens(
        access_token="access-token-1",
        refresh_token="refresh-token-1",
        access_expires_at=NOW + timedelta(seconds=3600),
        refresh_expires_at=NOW + timedelta(seconds=8726400),
        environment_fingerprint=fingerprint(FIRST),
    )


def test_a_token_that_cannot_be_stored_is_not_used() -> None:
    class FullDisk(MemoryStore):
        def save(self, realm_id: str, tokens: object) -> None:
            raise OSError("disk full")

    with Stub(Intuit()) as server, pytest.raises(OSError, match="disk full"):
        keeper(server, FullDisk()).access_token()


def test_a_stored_token_is_used_by_the_next_process_without_asking() -> None:
    store = MemoryStore()
    with Stub(Intuit()) as server:
        keeper(server, store).access_token()
        assert keeper(server, store).access_token() == "access-token-1"
        assert len(server.asked) == 1


def test_the_stored_refresh_token_wins_over_the_older_one_in_the_environment() -> None:
    store, intuit, now = MemoryStore(), Intuit(), [NOW]
    with Stub(intuit) as server:
        keeper(server, store, clock=now).access_token()
        now[0] += timedelta(minutes=59)
        assert keeper(server, store, clock=now).access_token() == "access-token-2"
    assert intuit.forms[1]["refresh_token"] == "refresh-token-1"


def test_a_new_refresh_token_in_the_environment_starts_a_new_chain() -> None:
    store, intuit = MemoryStore(), Intuit()
    with Stub(intuit) as server:
        keeper(server, store).access_token()
        intuit.valid = "brought-by-a-person"
        assert keeper(server, store, token="brought-by-a-person").access_token() == "access-token-2"
        assert keeper(server, store, token="brought-by-a-person").access_token() == "access-token-2"
    assert [form["refresh_token"] for form in intuit.forms] == [FIRST, "brought-by-a-person"]


def test_many_keepers_that_find_a_token_refused_refresh_it_once() -> None:
    store, intuit = MemoryStore(), Intuit()
    with Stub(intuit) as server:
        keepers = [keeper(server, store) for _ in range(8)]
        assert {each.access_token() for each in keepers} == {"access-token-1"}
        got: list[str] = []
        threads = [
            threading.Thread(target=lambda each=each: got.append(each.another_than("access-token-1")))
            for each in keepers
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert got == ["access-token-2"] * 8
    assert intuit.issued == 2


def test_a_lost_answer_is_asked_for_again() -> None:
    intuit, lost = Intuit(), [Reply(cut=-1), Reply(503)]
    with Stub(lambda asked: lost.pop(0) if lost else intuit(asked)) as server:
        assert keeper(server, MemoryStore()).access_token() == "access-token-1"


def test_a_reply_without_a_refresh_token_keeps_the_one_that_was_used() -> None:
    store = MemoryStore()
    with Stub([Reply(body={"access_token": "access-token-1"})]) as server:
        keeper(server, store).access_token()
    tokens = store.tokens["913"]
    assert tokens.refresh_token == FIRST
    assert tokens.access_expires_at == NOW + timedelta(hours=1)
    assert tokens.refresh_expires_at is None


def test_connecting_by_a_persons_consent_replaces_the_chain_and_then_wins() -> None:
    store, intuit = MemoryStore(), Intuit()
    with Stub(intuit) as server:
        keeper(server, store).access_token()
        keeper(server, store).connect("consent-code", "http://localhost:8000/callback")
        assert keeper(server, store).access_token() == "access-token-2"
    assert intuit.forms[1] == {
        "grant_type": "authorization_code",
        "code": "consent-code",
        "redirect_uri": "http://localhost:8000/callback",
    }


def test_the_address_for_consent_names_app_scope_and_state() -> None:
    url = authorization_url("client-id", "http://localhost:8000/callback", "state-1")
    assert url.startswith("https://appcenter.intuit.com/connect/oauth2?")
    query = dict(parse_qsl(url.partition("?")[2]))
    assert query == {
        "client_id": "client-id",
        "response_type": "code",
        "redirect_uri": "http://localhost:8000/callback",
        "scope": "com.intuit.quickbooks.accounting",
        "state": "state-1",
    }


def test_an_ended_connection_is_one_clear_instruction() -> None:
    intuit = Intuit()
    intuit.valid = "another"
    with Stub(intuit) as server, pytest.raises(Unauthorised) as fault:
        keeper(server, MemoryStore()).access_token()
    assert len(intuit.forms) == 1, "asking again would not help"
    assert str(fault.value) == (
        "QuickBooks has ended the connection: its refresh token has expired, was revoked or was replaced elsewhere. "
        "Connect again: run `harvest-qb connect`, or put a new refresh token into QUICKBOOKS_REFRESH_TOKEN, and then "
        "start again what you were doing. Nothing was lost."
    )


@pytest.mark.parametrize(
    ("status", "body", "kind", "code", "sentence"),
    [
        (400, b'{"error":"invalid_grant"}', Unauthorised, "invalid_grant", "harvest-qb connect"),
        (400, b'{"error":"invalid_grant","x_error_reason":"user_not_in_realm"}', Unauthorised, "invalid_grant",
         "no longer belongs to this company"),
        (401, b'{"error":"invalid_client"}', Unauthorised, "invalid_client", "QUICKBOOKS_CLIENT_SECRET is wrong"),
        (400, b'{"error":"invalid_request","error_description":"bad"}', Refused, "invalid_request", '"bad"'),
        (400, b'{"error":"unsupported_grant_type"}', Refused, "unsupported_grant_type", "unsupported_grant_type"),
        (500, b"", Unknown, "", "status 500"),
        (400, b"<html>", Unknown, "", "status 400"),
        (200, b"{}", Unknown, "", "status 200"),
        (200, b"", Unknown, "", "status 200"),
        (429, b"", Throttled, "", "slow down"),
    ],
)  # fmt: skip
def test_every_answer_of_the_token_endpoint_has_a_meaning(
    status: int, body: bytes, kind: type[Fault], code: str, sentence: str
) -> None:
    with pytest.raises(Fault) as fault:
        token_reply(Answer(status, {}, body))
    assert type(fault.value) is kind
    assert fault.value.code == code
    assert sentence in fault.value.message


def test_nothing_printable_shows_a_token() -> None:
    store = MemoryStore()
    with Stub(Intuit()) as server:
        one = keeper(server, store)
        one.access_token()
    shown = f"{one!r} {store.tokens['913']!r}"
    assert "access-token" not in shown
    assert "refresh-token" not in shown
    assert "client-secret" not in shown


def test_an_unusable_secret_is_named_before_anything_is_sent() -> None:
    with Stub(Intuit()) as server, pytest.raises(ConfigurationError, match="QUICKBOOKS_REFRESH_TOKEN"):
        keeper(server, MemoryStore(), token="two\nlines")
