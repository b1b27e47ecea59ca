"""The OAuth tokens of one company's QuickBooks connection, by the company's clock.

Belongs here: issuing, rotating and expiring tokens. Must not be here: the HTTP form of the token endpoint.
Source: Intuit OAuth 2.0 (access tokens 1 h, refresh tokens 101 days since the last refresh, rotation about daily).
"""

from dataclasses import asdict, dataclass, field

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.clock import Clock
from harvest_qb_pipeline.sandbox.switches import Switches

ACCESS_SECONDS = 3600
REFRESH_SECONDS = 8_726_400
DAY_SECONDS = 86_400


@dataclass
class _Chain:
    refresh_token: str
    issued_at: float
    used_at: float
    count: int = 1
    replaced: dict[str, float] = field(default_factory=dict[str, float])
    access: dict[str, float] = field(default_factory=dict[str, float])


class IssuedTokens:
    """The one connection of (app, company). Times are seconds since the epoch on the company's clock."""

    def __init__(self, name: str, refresh_token: str, clock: Clock, switches: Switches) -> None:
        self._name, self._clock, self._switches = name, clock, switches
        now = self._now()
        self._chain = _Chain(refresh_token, issued_at=now, used_at=now)

    @property
    def refresh_token(self) -> str:
        """The value that works now."""
        return self._chain.refresh_token

    def knows(self, refresh_token: str) -> bool:
        """Whether this connection ever issued the value."""
        return refresh_token == self._chain.refresh_token or refresh_token in self._chain.replaced

    def refresh(self, refresh_token: str) -> JsonObject | None:
        """The token reply for a refresh, or None when the value is not (or no longer) good."""
        now, chain = self._now(), self._chain
        if not self._is_good(refresh_token, now):
            return None
        if refresh_token == chain.refresh_token and self._is_due(now):
            chain.replaced[refresh_token] = now
            chain.count += 1
            chain.refresh_token, chain.issued_at = f"{self._first_token()}-{chain.count}", now
        chain.used_at = now
        return {
            "token_type": "bearer",
            "access_token": self.issue_access(),
            "refresh_token": chain.refresh_token,
            "expires_in": ACCESS_SECONDS,
            "x_refresh_token_expires_in": REFRESH_SECONDS,
        }

    def issue_access(self) -> str:
        """A new access token, good for an hour."""
        now = self._now()
        self._chain.access = {token: until for token, until in self._chain.access.items() if until > now - DAY_SECONDS}
        self._chain.count += 1
        token = f"sandbox-access-{self._name}-{self._chain.count:06d}"
        self._chain.access[token] = now + ACCESS_SECONDS
        return token

    def access_state(self, token: str) -> str:
        """`good`, `expired` or `unknown`."""
        until = self._chain.access.get(token)
        if until is None:
            return "unknown"
        return "good" if self._now() < until else "expired"

    def expire_access(self) -> None:
        """Every access token has expired, as if an hour had passed."""
        self._chain.access = dict.fromkeys(self._chain.access, self._now())

    def reconnect(self) -> str:
        """A person connects the app again: a new refresh token; the ones before and all access tokens are dead."""
        now, count = self._now(), self._chain.count + 1
        self._chain = _Chain(f"{self._first_token()}-{count}", issued_at=now, used_at=now, count=count)
        return self._chain.refresh_token

    def to_state(self) -> JsonObject:
        return asdict(self._chain)

    def load_state(self, state: JsonObject) -> None:
        self._chain = _Chain(
            refresh_token=state["refresh_token"],
            issued_at=float(state["issued_at"]),
            used_at=float(state["used_at"]),
            count=int(state["count"]),
            replaced={token: float(at) for token, at in state["replaced"].items()},
            access={token: float(until) for token, until in state["access"].items()},
        )

    def _is_good(self, refresh_token: str, now: float) -> bool:
        if refresh_token == self._chain.refresh_token:
            return now < self._chain.used_at + REFRESH_SECONDS
        replaced_at = self._chain.replaced.get(refresh_token)
        return self._switches.old_refresh_token_grace and replaced_at is not None and now < replaced_at + DAY_SECONDS

    def _is_due(self, now: float) -> bool:
        rotation = self._switches.rotate_refresh_token
        return rotation == "always" or (rotation == "daily" and now >= self._chain.issued_at + DAY_SECONDS)

    def _first_token(self) -> str:
        return f"sandbox-refresh-{self._name}"

    def _now(self) -> float:
        return self._clock.now(exact=True).timestamp()
