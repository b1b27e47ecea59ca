"""QuickBooks' OAuth 2.0: one valid access token for everybody, and a chain of refresh tokens that is never broken.

Belongs here: what the token endpoint says, when to refresh, which of two refresh tokens counts, the store it needs.
Must not be here: how tokens are kept (the ledger satisfies `TokenStore`) and the HTTP itself.
"""

import hashlib
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request

from harvest_qb_pipeline import jsontext, settings
from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.quickbooks.faults import SYSTEM, THROTTLE_SECONDS, visible_words
from harvest_qb_pipeline.transport.faults import Fault, Refused, Throttled, Unauthorised, Unknown
from harvest_qb_pipeline.transport.http import Answer, Call, Http
from harvest_qb_pipeline.transport.redaction import checked_secret
from harvest_qb_pipeline.transport.retry import retry_after
from harvest_qb_pipeline.transport.tokens import OAuthTokens

AUTHORIZE_URL = "https://appcenter.intuit.com/connect/oauth2"
SCOPE = "com.intuit.quickbooks.accounting"
EARLY = timedelta(seconds=90)
"""A token this close to its end is refreshed before use: requests may wait for the rate limit."""

RECONNECT = (
    "Connect again: run `harvest-qb connect`, or put a new refresh token into QUICKBOOKS_REFRESH_TOKEN, and then "
    "start again what you were doing. Nothing was lost."
)


class TokenStore(Protocol):
    """Where the tokens of a company live, for every process of a home."""

    def load(self, realm_id: str) -> OAuthTokens | None: ...

    def save(self, realm_id: str, tokens: OAuthTokens) -> None:
        """Durable when it returns: only then is the new access token used."""
        ...

    def refresh_lock(self, realm_id: str) -> AbstractContextManager[object]:
        """Held by one process at a time, for as long as a refresh takes (up to a minute or two when it is retried)."""
        ...


def fingerprint(refresh_token: str) -> str:
    """Names a refresh token without telling it: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(refresh_token.encode()).hexdigest()[:16]


def authorization_url(client_id: str, redirect_uri: str, state: str) -> str:
    """Where a person allows the connection in a browser; QuickBooks sends them to `redirect_uri?code&state&realmId`."""
    return str(prepare_grant_uri(AUTHORIZE_URL, client_id, "code", redirect_uri, SCOPE, state))


class TokenKeeper:
    """Hands out access tokens and refreshes them, once for all threads and processes."""

    def __init__(
        self,
        http: Http,
        token_url: str,
        realm_id: str,
        client_id: str,
        client_secret: str,
        refresh_token: str,
        store: TokenStore,
        clock: Callable[[], datetime] = settings.utc_now,
    ) -> None:
        self._http = http
        self._token_url = token_url
        self._realm_id = realm_id
        self._client_id = checked_secret("QUICKBOOKS_CLIENT_ID", client_id)
        self._client_secret = checked_secret("QUICKBOOKS_CLIENT_SECRET", client_secret)
        self._environment_token = checked_secret("QUICKBOOKS_REFRESH_TOKEN", refresh_token)
        self._store = store
        self._clock = clock
        self._threads = threading.Lock()
        self._current: OAuthTokens | None = None
        http.redactor.learn(client_secret, refresh_token)

    def __repr__(self) -> str:
        return f"TokenKeeper(company {self._realm_id})"

    def access_token(self) -> str:
        """A token that is valid for at least a minute."""
        tokens = self._current
        if tokens is not None and self._is_fresh(tokens):
            return tokens.access_token
        return self.another_than("")

    def another_than(self, refused: str) -> str:
        """A valid token other than the one that was just refused: the one another process has stored meanwhile, or
        else a new one. Raises `Unauthorised` with one instruction when the connection has ended."""
        with self._threads, self._store.refresh_lock(self._realm_id):
            stored = self._chain()
            if stored is None or stored.access_token == refused or not self._is_fresh(stored):
                token = self._environment_token if stored is None else stored.refresh_token
                stored = self._ask("refresh_token", token, refresh_token=token)
            self._http.redactor.learn(stored.access_token, stored.refresh_token)
            self._current = stored
            return stored.access_token

    def connect(self, code: str, redirect_uri: str) -> None:
        """Begin a new chain with the code of a person's consent; it counts until the environment's token changes."""
        with self._threads, self._store.refresh_lock(self._realm_id):
            self._http.redactor.learn(code)
            self._current = self._ask("authorization_code", "", code=code, redirect_uri=redirect_uri)

    def _chain(self) -> OAuthTokens | None:
        """The stored tokens, unless the environment holds a refresh token they do not come from."""
        stored = self._store.load(self._realm_id)
        if stored is None or stored.environment_fingerprint != fingerprint(self._environment_token):
            return None
        return stored

    def _is_fresh(self, tokens: OAuthTokens) -> bool:
        return tokens.access_expires_at - self._clock() > EARLY

    def _ask(self, grant_type: str, replaced: str, **fields: str) -> OAuthTokens:
        """OAuthTokens from the token endpoint, stored before anybody uses them.

        Repeated like a read when no answer comes: within a day QuickBooks answers a repeated refresh with the same
        refresh token, and after a lost answer there is nothing better to do.
        """
        form = str(prepare_token_request(grant_type, **fields))
        auth = ClientAuth(self._client_id, self._client_secret, "client_secret_basic")
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        url, headers, form = auth.prepare("POST", self._token_url, headers, form)
        self._http.redactor.learn(headers["Authorization"].removeprefix("Basic "))
        asked_at = self._clock()
        reply = self._http.read(Call("POST", url, (), headers, form.encode()), token_reply)
        tokens = OAuthTokens(
            access_token=reply["access_token"],
            refresh_token=reply.get("refresh_token") or replaced,
            access_expires_at=asked_at + timedelta(seconds=int(reply.get("expires_in") or 3600)),
            refresh_expires_at=_end(asked_at, reply.get("x_refresh_token_expires_in")),
            environment_fingerprint=fingerprint(self._environment_token),
        )
        self._http.redactor.learn(tokens.access_token, tokens.refresh_token)
        self._store.save(self._realm_id, tokens)
        return tokens


def token_reply(answer: Answer) -> JsonObject:
    """The reply of the token endpoint; raises the fault that any other answer is (docs/apis.md Q3).

    `invalid_grant` and `invalid_client` become `Unauthorised`, each with the one thing that mends it.
    """
    try:
        value: Json = jsontext.loads(answer.body)
    except (ValueError, RecursionError):
        value = None
    body: JsonObject = value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType]
    if 200 <= answer.status < 300 and isinstance(body.get("access_token"), str):
        return body
    raise _token_fault(answer, body)


def _token_fault(answer: Answer, body: JsonObject) -> Fault:
    status, error = answer.status, str(body.get("error") or "")
    trace = answer.headers.get("intuit_tid", "")
    detail = str(body.get("error_description") or "") or error or visible_words(answer.body)
    if status == 429:
        told = retry_after(answer.headers)
        return Throttled(
            "QuickBooks asks to slow down with new access tokens.",
            system=SYSTEM,
            status=status,
            detail=detail,
            trace=trace,
            retry_after=THROTTLE_SECONDS if told is None else told,
            is_told=told is not None,
        )
    kind, sentence = _token_meaning(status, error, str(body.get("x_error_reason") or ""), detail)
    return kind(sentence, system=SYSTEM, status=status, code=error, detail=detail, trace=trace)


def _token_meaning(status: int, error: str, reason: str, detail: str) -> tuple[type[Fault], str]:
    if error == "invalid_client":
        return Unauthorised, (
            "QuickBooks does not know this app: QUICKBOOKS_CLIENT_ID or QUICKBOOKS_CLIENT_SECRET is wrong. Copy both "
            "from Keys & credentials of the app on developer.intuit.com (development and production keys differ)."
        )
    if reason == "user_not_in_realm":
        return Unauthorised, (
            "The person who connected QuickBooks no longer belongs to this company, so the connection has ended. "
            f"Let an administrator of the company do this. {RECONNECT}"
        )
    if error == "invalid_grant":
        return Unauthorised, (
            "QuickBooks has ended the connection: its refresh token has expired, was revoked or was replaced "
            f"elsewhere. {RECONNECT}"
        )
    if error and 400 <= status < 500:
        return Refused, f'QuickBooks gives no access token: "{detail}" ({error}). {RECONNECT}'
    return Unknown, f"QuickBooks gave no access token (status {status}); it has a problem of its own. Try again later."


def _end(asked_at: datetime, seconds: Json) -> datetime | None:
    return asked_at + timedelta(seconds=int(seconds)) if seconds else None
