"""Environment variables to typed settings. The only reader of `os.environ`, of `.env`, and of the clock.

Belongs here: what a person sets from outside, and what happens when it is half-set. Must not be here: accounting
choices (those are `policy.toml`).
"""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

SANDBOX_URL = "http://127.0.0.1:8765"
SANDBOX_CONNECTION = {
    "harvest_base_url": f"{SANDBOX_URL}/harvest/v2",
    "harvest_account_id": "1000001",
    "harvest_access_token": "sandbox-harvest-token-demo",
    "quickbooks_base_url": f"{SANDBOX_URL}/quickbooks",
    "quickbooks_token_url": f"{SANDBOX_URL}/quickbooks/oauth2/v1/tokens/bearer",
    "quickbooks_realm_id": "9130000000000001",
    "quickbooks_client_id": "sandbox-client-demo",
    "quickbooks_client_secret": "sandbox-secret-demo",
    "quickbooks_refresh_token": "sandbox-refresh-demo",
}
"""The `demo` company of the sandbox on its default port; used when no connection variable is set."""


class ConfigurationError(Exception):
    """Wrong usage or configuration (exit code 2). The message tells a person what to change."""


class Settings(BaseSettings):
    """What the environment says. Connection fields are all given or all taken from the sandbox."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True)

    harvest_base_url: str
    harvest_account_id: str
    harvest_access_token: SecretStr
    quickbooks_base_url: str
    quickbooks_token_url: str
    quickbooks_realm_id: str
    quickbooks_client_id: str
    quickbooks_client_secret: SecretStr
    quickbooks_refresh_token: SecretStr
    harvest_qb_home: Path = Path(".harvest_qb")
    harvest_qb_warehouse: str | None = None
    harvest_qb_ledger: str | None = None
    harvest_qb_policy: Path = Path("policy.toml")
    harvest_qb_key: SecretStr | None = None
    harvest_qb_today: date | None = None
    is_sandbox: bool = Field(default=False, exclude=True)

    @property
    def home(self) -> Path:
        return self.harvest_qb_home.absolute()

    @property
    def warehouse_path(self) -> Path:
        return Path(self.harvest_qb_warehouse) if self.harvest_qb_warehouse else self.home / "warehouse.duckdb"

    @property
    def analytics_path(self) -> Path:
        return self.warehouse_path.with_name("analytics.duckdb")

    @property
    def ledger_url(self) -> str:
        """A SQLAlchemy URL; a bare path in the environment means a SQLite file."""
        place = self.harvest_qb_ledger or str(self.home / "ledger.sqlite")
        return place if "://" in place else f"sqlite:///{Path(place).absolute()}"

    def today(self, timezone: str) -> date:
        """The one source of "today": `HARVEST_QB_TODAY`, else the day it is now in `timezone` (rule 4)."""
        return self.harvest_qb_today or datetime.now(ZoneInfo(timezone)).date()


class _Connection(BaseSettings):
    """The connection variables alone, each optional, to tell all from none from half."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    harvest_base_url: str | None = None
    harvest_account_id: str | None = None
    harvest_access_token: str | None = None
    quickbooks_base_url: str | None = None
    quickbooks_token_url: str | None = None
    quickbooks_realm_id: str | None = None
    quickbooks_client_id: str | None = None
    quickbooks_client_secret: str | None = None
    quickbooks_refresh_token: str | None = None


def load_settings() -> Settings:
    """Settings from the environment and `.env`. Raises `ConfigurationError` when half of a connection is set."""
    given = _Connection().model_dump(exclude_none=True)
    missing = sorted(set(SANDBOX_CONNECTION) - set(given))
    if given and missing:
        raise ConfigurationError(
            "The connection is half-set: "
            + ", ".join(name.upper() for name in sorted(given))
            + " given, but missing "
            + ", ".join(name.upper() for name in missing)
            + ". Set all of them for real accounts, or none of them for the sandbox."
        )
    connection = given or SANDBOX_CONNECTION
    try:
        return Settings(**connection, is_sandbox=not given)  # pyright: ignore[reportArgumentType]
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(str(p) for p in e['loc']).upper()}: {e['msg']}" for e in error.errors())
        raise ConfigurationError(f"The environment cannot be used: {problems}") from None


def utc_now() -> datetime:
    """The moment it is, in UTC, for time stamps; accounting days come from `Settings.today`."""
    return datetime.now(UTC)
