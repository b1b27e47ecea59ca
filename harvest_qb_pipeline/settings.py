"""Environment variables to typed settings. The only reader of `os.environ`, of `.env`, and of the clock.

Belongs here: what a person sets from outside, and what happens when it is half-set. Must not be here: accounting
choices (those are `policy.toml`).
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

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


_MEANT = frozenset("%?*[]")
"""Signs that mean something in a URL or a pattern."""


class ConfigurationError(Exception):
    """Wrong usage or configuration (exit code 2). The message tells a person what to change."""


@dataclass(frozen=True)
class Secret:
    """A value that no log, traceback or listing shows."""

    _value: str = field(repr=False)

    def get_secret_value(self) -> str:
        return self._value


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the environment says. Connection fields are all given or all taken from the sandbox.

    `given` are the names of those that somebody has set.
    """

    harvest_base_url: str
    harvest_account_id: str
    harvest_access_token: Secret
    quickbooks_base_url: str
    quickbooks_token_url: str
    quickbooks_realm_id: str
    quickbooks_client_id: str
    quickbooks_client_secret: Secret
    quickbooks_refresh_token: Secret
    harvest_qb_home: Path = Path(".harvest_qb")
    harvest_qb_warehouse: str | None = None
    harvest_qb_ledger: str | None = None
    harvest_qb_anchor_file: Path | None = None
    harvest_qb_policy: Path = Path("policy.toml")
    harvest_qb_key: Secret | None = None
    harvest_qb_today: date | None = None
    harvest_qb_ui_hosts: str = ""
    is_sandbox: bool = False
    given: frozenset[str] = frozenset()

    @property
    def home(self) -> Path:
        return self.harvest_qb_home.absolute()

    @property
    def ui_hosts(self) -> tuple[str, ...]:
        """Names besides this machine's own under which its pages are opened, as by a proxy."""
        return tuple(name.strip() for name in self.harvest_qb_ui_hosts.split(",") if name.strip())

    @property
    def warehouse_path(self) -> Path:
        path = Path(self.harvest_qb_warehouse or self.home / "warehouse.duckdb").absolute()
        return _where_duckdb_writes(path.parent) / path.name

    @property
    def analytics_path(self) -> Path:
        return self.warehouse_path.with_name("analytics.duckdb")

    @property
    def ledger_url(self) -> str:
        """A SQLAlchemy URL, or the path of a SQLite file as it is: in a URL, `?` and `%` would mean something."""
        place = self.harvest_qb_ledger or str(self.home / "ledger.sqlite")
        path = place.removeprefix("sqlite:///")
        return place if "://" in path else str(Path(path).absolute())

    @property
    def anchor_files(self) -> tuple[Path, ...]:
        """Where the head of the ledger's audit chain is noted: in the home, and outside of it where one says so."""
        outside = self.harvest_qb_anchor_file
        return (self.home / "ledger.heads", *((outside.absolute(),) if outside else ()))

    def environment(self) -> dict[str, str]:
        """All that is set, as variables that say the same to a process in whatever folder; secrets included."""
        places: dict[str, object] = {
            "harvest_qb_home": self.home,
            "harvest_qb_policy": self.harvest_qb_policy.absolute(),
            "harvest_qb_warehouse": self.warehouse_path,
            "harvest_qb_ledger": self.ledger_url,
        }
        if self.harvest_qb_anchor_file:
            places["harvest_qb_anchor_file"] = self.harvest_qb_anchor_file.absolute()
        told = {name: getattr(self, name) for name in self.given} | places
        return {
            name.upper(): value.get_secret_value() if isinstance(value, Secret) else str(value)
            for name, value in told.items()
        }

    def today(self, timezone: str) -> date:
        """The one source of "today": `HARVEST_QB_TODAY`, else the day it is now in `timezone` (rule 4)."""
        return self.harvest_qb_today or datetime.now(ZoneInfo(timezone)).date()


def load_settings() -> Settings:
    """Settings from the environment and `.env`. Raises `ConfigurationError` when half of a connection is set."""
    given = _given()
    connection = {name: value for name, value in given.items() if name in SANDBOX_CONNECTION}
    missing = sorted(set(SANDBOX_CONNECTION) - set(connection))
    if connection and missing:
        raise ConfigurationError(
            "The connection is half-set: "
            + ", ".join(name.upper() for name in sorted(connection))
            + " given, but missing "
            + ", ".join(name.upper() for name in missing)
            + ". Set all of them for real accounts, or none of them for the sandbox."
        )
    _require_tls({**SANDBOX_CONNECTION, **given})
    values = {name: _read(name, text) for name, text in {**SANDBOX_CONNECTION, **given}.items()}
    return Settings(**values, is_sandbox=not connection, given=frozenset(given))


def keep_private() -> None:
    """Whatever this process and those it starts write from now on, only its owner may read: books, tokens, logs."""
    os.umask(0o077)


def spelt_plainly(folder: Path) -> Path:
    """The folder, by a name that everybody can use: Dagster puts names into database URLs, and into patterns.

    Where the path has a sign that means something there, that name is a link to it among the user's caches.
    """
    if not set(str(folder)) & _MEANT:
        return folder
    link = _cache_of(folder)
    if not link.is_symlink() or link.readlink() != folder:
        made = link.with_name(f"{link.name}.{os.getpid()}")
        made.symlink_to(folder, target_is_directory=True)
        made.replace(link)
    return link


def _where_duckdb_writes(folder: Path) -> Path:
    """DuckDB takes `?` for the beginning of a query, whatever links lead there: below one, it writes among the caches.

    What is in its files can be landed again at any time.
    """
    if "?" not in str(folder):
        return spelt_plainly(folder)
    kept = _cache_of(folder).with_suffix(".duckdb")
    kept.mkdir(mode=0o700, exist_ok=True)
    return kept


def _cache_of(folder: Path) -> Path:
    """A place of this folder's own among the user's caches, by a plain name."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "harvest-qb"
    if set(str(caches)) & _MEANT:
        raise ConfigurationError(
            f"{folder} cannot be used: neither that path nor {caches} is without the signs % ? * [ ]. "
            "Set HARVEST_QB_HOME to a path without them."
        )
    caches.mkdir(mode=0o700, parents=True, exist_ok=True)
    return caches / hashlib.sha256(str(folder).encode()).hexdigest()[:16]


def _require_tls(values: Mapping[str, str]) -> None:
    """Tokens and books leave this machine over TLS only. Raises `ConfigurationError` naming the variable."""
    for name in ("harvest_base_url", "quickbooks_base_url", "quickbooks_token_url"):
        try:
            parts = urlsplit(values[name])
            is_safe = parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(parts.hostname or ""))
        except ValueError:
            parts, is_safe = None, False
        if not is_safe or parts is None or not parts.hostname:
            raise ConfigurationError(
                f"{name.upper()} does not begin with https://. What is sent there has tokens and books in it, so "
                "http:// is for the sandbox on this machine only (127.0.0.1, localhost)."
            )


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _given() -> dict[str, str]:
    """What is set, by field: in the environment, else in `.env`; an empty variable is not set.

    Written out, because a library for it takes a third of the time in which a listing has to answer.
    """
    variables: dict[str, str | None] = {}
    if Path(".env").is_file():
        from dotenv import dotenv_values

        variables.update(dotenv_values(".env"))
    variables.update((name, value) for name, value in os.environ.items() if value)
    by_name = {name.lower(): value for name, value in variables.items()}
    return {
        each.name: value for each in fields(Settings) if (value := by_name.get(each.name)) and each.name not in _OURS
    }


_OURS = ("is_sandbox", "given")
"""Fields that nobody sets from outside."""


def _read(name: str, text: str) -> Any:
    """The value of a variable as its field has it. Raises `ConfigurationError` for a day that is none."""
    if name in ("harvest_access_token", "quickbooks_client_secret", "quickbooks_refresh_token", "harvest_qb_key"):
        return Secret(text)
    if name in ("harvest_qb_home", "harvest_qb_policy", "harvest_qb_anchor_file"):
        return Path(text)
    if name == "harvest_qb_today":
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise ConfigurationError(
                f"The environment cannot be used: HARVEST_QB_TODAY is {text!r}, not a day such as 2026-11-05."
            ) from None
    return text


def utc_now() -> datetime:
    """The moment it is, in UTC, for time stamps; accounting days come from `Settings.today`."""
    return datetime.now(UTC)
