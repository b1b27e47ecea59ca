"""One company of the sandbox: an account in Harvest and a company in QuickBooks that belong together, and its clock.

Belongs here: what the two twins of a company share. Must not be here: the books themselves, HTTP, or anything that
knows of other companies.
"""

import threading
from dataclasses import asdict, dataclass, field
from functools import cached_property

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.calls import Calls
from harvest_qb_pipeline.sandbox.clock import Clock
from harvest_qb_pipeline.sandbox.faults import Faults
from harvest_qb_pipeline.sandbox.harvest.books import HarvestBooks
from harvest_qb_pipeline.sandbox.limits import Limits
from harvest_qb_pipeline.sandbox.oauth import IssuedTokens
from harvest_qb_pipeline.sandbox.quickbooks.books import QuickBooksBooks
from harvest_qb_pipeline.sandbox.switches import Switches

FIRST_ACCOUNT = 1000001
FIRST_REALM = 9130000000000001


@dataclass(frozen=True)
class Credentials:
    """What a client needs to address and enter a company. `harvest_member_token` belongs to a plain member."""

    harvest_account_id: str
    harvest_token: str
    harvest_member_token: str
    realm_id: str
    client_id: str
    client_secret: str
    refresh_token: str

    @classmethod
    def numbered(cls, name: str, number: int) -> "Credentials":
        """Those of the company of that name, counted up from 0 (`demo`, whose ids and tokens never change)."""
        return cls(
            harvest_account_id=str(FIRST_ACCOUNT + number),
            harvest_token=f"sandbox-harvest-token-{name}",
            harvest_member_token=f"sandbox-harvest-member-{name}",
            realm_id=str(FIRST_REALM + number),
            client_id=f"sandbox-client-{name}",
            client_secret=f"sandbox-secret-{name}",
            refresh_token=f"sandbox-refresh-{name}",
        )


@dataclass(eq=False)
class Company:
    """State of one company. Everything is read and changed under `lock`, except `faults`, `calls` and `limits`.

    `timezone` is the IANA zone of both products; `options` are what its creation asked of the seed, kept for the
    record. `version` counts changes, for the state file.
    """

    id: str
    credentials: Credentials
    clock: Clock = field(default_factory=Clock)
    switches: Switches = field(default_factory=Switches)
    limits: Limits = field(default_factory=Limits)
    timezone: str = "America/New_York"
    options: JsonObject = field(default_factory=dict[str, object])
    version: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)
    calls: Calls = field(default_factory=Calls)
    faults: Faults = field(default_factory=Faults)

    @cached_property
    def harvest(self) -> HarvestBooks:
        return HarvestBooks(self)

    @cached_property
    def quickbooks(self) -> QuickBooksBooks:
        return QuickBooksBooks(self)

    @cached_property
    def tokens(self) -> IssuedTokens:
        return IssuedTokens(self.id, self.credentials.refresh_token, self.clock, self.switches)

    def changed(self) -> None:
        """Say that there is something to save."""
        self.version += 1

    def to_state(self) -> JsonObject:
        """All that outlives a restart; calls, armed faults and rate counters do not."""
        return {
            "id": self.id,
            "credentials": asdict(self.credentials),
            "clock": self.clock.to_state(),
            "switches": self.switches.to_state(),
            "limits": self.limits.to_state(),
            "timezone": self.timezone,
            "options": self.options,
            "tokens": self.tokens.to_state(),
            "harvest": self.harvest.to_state(),
            "quickbooks": self.quickbooks.to_state(),
        }

    @classmethod
    def from_state(cls, state: JsonObject) -> "Company":
        """A company as `to_state` left it."""
        company = cls(
            id=state["id"],
            credentials=Credentials(**state["credentials"]),
            limits=Limits.from_state(state["limits"]),
            timezone=state["timezone"],
            options=state["options"],
        )
        company.clock.load_state(state["clock"])
        company.switches.update(state["switches"])
        company.tokens.load_state(state["tokens"])
        company.harvest.load_state(state["harvest"])
        company.quickbooks.load_state(state["quickbooks"])
        return company
