"""The companies of one sandbox: finding them by what a client sends, making and describing them.

Belongs here: which companies there are and how to reach each. Must not be here: HTTP, and what is in a company.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.clock import Clock
from harvest_qb_pipeline.sandbox.company import Company, Credentials
from harvest_qb_pipeline.sandbox.limits import Limits
from harvest_qb_pipeline.sandbox.seed.agency import fill

DEMO = "demo"
SIZES = ("empty", "small", "medium", "large")
OWN_OPTIONS = {
    "id",
    "seed",
    "size",
    "today",
    "switches",
    "rate_limits",
    "timezone",
    "harvest_role",
    "frozen",
    "options",
}


@dataclass(frozen=True)
class CompanyWish:
    """What `POST /sandbox/companies` asks for. `options`, and whatever else is said beside it, goes to the seed."""

    id: str | None
    seed: int
    size: str
    today: date | None
    switches: JsonObject
    limits: Limits
    timezone: str
    harvest_role: str
    frozen: bool
    options: JsonObject

    @classmethod
    def read(cls, body: JsonObject) -> "CompanyWish":
        """Raises `ValueError` naming what cannot be used."""
        size, role = body.get("size", "empty"), body.get("harvest_role", "administrator")
        if size not in SIZES:
            raise ValueError(f"size is one of {', '.join(SIZES)}, not {size!r}.")
        if role not in ("administrator", "member"):
            raise ValueError(f"harvest_role is administrator or member, not {role!r}.")
        for name in ("switches", "options"):
            if not isinstance(body.get(name, {}), dict):
                raise ValueError(f"{name} is an object of names and values.")
        return cls(
            id=body.get("id"),
            seed=int(body.get("seed", 1)),
            size=size,
            today=date.fromisoformat(body["today"]) if body.get("today") else None,
            switches=body.get("switches", {}),
            limits=Limits.from_option(body.get("rate_limits", False)),
            timezone=body.get("timezone", "America/New_York"),
            harvest_role=role,
            frozen=bool(body.get("frozen", False)),
            options=body.get("options", {}) | {name: body[name] for name in body if name not in OWN_OPTIONS},
        )


class Registry:
    """All companies, safe from any thread. `number` of a company is its place in the counting, `demo` being 0."""

    def __init__(self) -> None:
        self._companies: dict[str, Company] = {}
        self._coming: set[str] = set()
        self._next = 1
        self._lock = threading.Lock()

    def create(self, wish: CompanyWish) -> Company:
        """A new company, filled by the seed. Raises `ValueError` when the id is taken or a switch unknown."""
        name, credentials = self._reserve(wish.id)
        try:
            company = self._make(name, credentials, wish)
            self.add(company)
        finally:
            self._coming.discard(name)
        return company

    def add(self, company: Company) -> None:
        """Take in a company that exists already, for example from a state file."""
        with self._lock:
            number = int(company.credentials.harvest_account_id) - int(Credentials.numbered("", 0).harvest_account_id)
            self._next = max(self._next, number + 1)
            self._companies[company.id] = company

    def remove(self, company_id: str) -> Company | None:
        with self._lock:
            return self._companies.pop(company_id, None)

    def get(self, company_id: str) -> Company | None:
        return self._companies.get(company_id)

    def list(self) -> list[Company]:
        with self._lock:
            return list(self._companies.values())

    def find(self, is_it: Callable[[Company], bool]) -> Company | None:
        """The first company that is it."""
        return next((company for company in self.list() if is_it(company)), None)

    def _make(self, name: str, credentials: Credentials, wish: CompanyWish) -> Company:
        company = Company(
            id=name,
            credentials=credentials,
            clock=Clock.at_day(wish.today) if wish.today else Clock(),
            limits=wish.limits,
            timezone=wish.timezone,
            options={**wish.options, "seed": wish.seed, "size": wish.size, "harvest_role": wish.harvest_role},
        )
        if wish.frozen:
            company.clock.freeze()
        company.switches.update(wish.switches)
        with company.lock:
            _fill(company, wish)
            company.changed()
        return company

    def _reserve(self, wanted: str | None) -> tuple[str, Credentials]:
        with self._lock:
            number = 0 if wanted == DEMO else self._next
            name = wanted or f"company-{number}"
            if name in self._companies or name in self._coming:
                raise ValueError(f"There is a company {name!r} already; delete it first or choose another id.")
            self._next = max(self._next, number + 1)
            self._coming.add(name)
            return name, Credentials.numbered(name, number)


def describe(company: Company, url: str) -> JsonObject:
    """A company for a person or a test: ids, tokens, day, switches, and `env` ready to export.

    `url` is the address of the sandbox. `env` holds every connection variable and `HARVEST_QB_TODAY`.
    """
    access, today = company.credentials, company.clock.today(company.timezone).isoformat()
    is_member = company.options.get("harvest_role") == "member"
    with company.lock:
        refresh_token = company.tokens.refresh_token
    harvest_token = access.harvest_member_token if is_member else access.harvest_token
    return {
        "id": company.id,
        "today": today,
        "now": company.clock.now().isoformat(),
        "timezone": company.timezone,
        "seed": company.options.get("seed"),
        "size": company.options.get("size"),
        "harvest_account_id": access.harvest_account_id,
        "harvest_access_token": harvest_token,
        "harvest_administrator_token": access.harvest_token,
        "harvest_member_token": access.harvest_member_token,
        "quickbooks_realm_id": access.realm_id,
        "quickbooks_client_id": access.client_id,
        "quickbooks_client_secret": access.client_secret,
        "quickbooks_refresh_token": refresh_token,
        "switches": company.switches.to_state(),
        "rate_limits": company.limits.to_state()["windows"],
        "env": {
            "HARVEST_BASE_URL": f"{url}/harvest/v2",
            "HARVEST_ACCOUNT_ID": access.harvest_account_id,
            "HARVEST_ACCESS_TOKEN": harvest_token,
            "QUICKBOOKS_BASE_URL": f"{url}/quickbooks",
            "QUICKBOOKS_TOKEN_URL": f"{url}/quickbooks/oauth2/v1/tokens/bearer",
            "QUICKBOOKS_REALM_ID": access.realm_id,
            "QUICKBOOKS_CLIENT_ID": access.client_id,
            "QUICKBOOKS_CLIENT_SECRET": access.client_secret,
            "QUICKBOOKS_REFRESH_TOKEN": refresh_token,
            "HARVEST_QB_TODAY": today,
        },
    }


def _fill(company: Company, wish: CompanyWish) -> None:
    today = company.clock.today(company.timezone)
    fill(company, seed=wish.seed, size=wish.size, today=today, options=wish.options)
    if wish.harvest_role == "member" and not any(_is_member(user) for user in company.harvest.dump("users")):
        name = {"first_name": "Robin", "last_name": "Member", "email": "robin@agency.example"}
        company.harvest.ui_create("users", {**name, "access_roles": ["member"]})


def _is_member(user: JsonObject) -> bool:
    return user["is_active"] and "administrator" not in user["access_roles"]
