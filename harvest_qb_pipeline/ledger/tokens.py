"""OAuth tokens at rest: sealed in the ledger, refreshed by one process at a time.

Belongs here: sealing, storing and the refresh lock, as `quickbooks.oauth` asks of a token store. Must not be here:
OAuth itself. OAuthTokens are secrets: they are in no event, no error and no log.
"""

import base64
import hashlib
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from filelock import FileLock, Timeout
from sqlalchemy import insert, select, text, update

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.ledger import tables
from harvest_qb_pipeline.ledger.events import changing
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.settings import ConfigurationError
from harvest_qb_pipeline.transport.tokens import OAuthTokens

KEY_FILE = "ledger.key"
_LOCK_SECONDS = 300
_SALT = b"harvest-qb ledger tokens"


class LedgerTokenStore:
    """The tokens of each QuickBooks company, encrypted with `key`, or with a key file that is made in `home`."""

    def __init__(self, ledger: Ledger, *, home: Path, key: str | None = None) -> None:
        self._ledger = ledger
        self._home = home
        self._fernet = Fernet(_fernet_key(key) if key else _key_of_file(home / KEY_FILE))

    def load(self, realm_id: str) -> OAuthTokens | None:
        """The newest tokens, or None. Raises `ConfigurationError` when they were sealed with another key."""
        table = tables.oauth_tokens
        with self._ledger.reading() as con:
            sealed = con.execute(select(table.c.sealed).where(table.c.realm_id == realm_id)).scalar()
        if sealed is None:
            return None
        try:
            content = jsontext.loads(self._fernet.decrypt(sealed))
        except InvalidToken:
            raise ConfigurationError(
                f"The stored QuickBooks tokens of company {realm_id} were sealed with another key. Set HARVEST_QB_KEY "
                f"to that key (or bring back {self._home / KEY_FILE}), or connect again with `harvest-qb connect`."
            ) from None
        refresh_expires = content["refresh_expires_at"]
        return OAuthTokens(
            access_token=content["access_token"],
            refresh_token=content["refresh_token"],
            access_expires_at=datetime.fromisoformat(content["access_expires_at"]),
            refresh_expires_at=datetime.fromisoformat(refresh_expires) if refresh_expires else None,
            environment_fingerprint=content["environment_fingerprint"],
        )

    def save(self, realm_id: str, tokens: OAuthTokens) -> None:
        """Store the tokens; they are on the disk when this returns."""
        expires = tokens.refresh_expires_at
        content = {
            "access_token": tokens.access_token,
            "refresh_token": tokens.refresh_token,
            "access_expires_at": tokens.access_expires_at.isoformat(),
            "refresh_expires_at": expires.isoformat() if expires else None,
            "environment_fingerprint": tokens.environment_fingerprint,
        }
        sealed = self._fernet.encrypt(jsontext.dumps(content).encode())
        table = tables.oauth_tokens
        with changing(self._ledger) as chain:
            after = {"access_expires_at": content["access_expires_at"]}
            chain.append("tokens saved", f"quickbooks/{realm_id}", after=after)
            values = {"sealed": sealed, "saved_at": chain.at}
            if chain.con.execute(update(table).where(table.c.realm_id == realm_id).values(**values)).rowcount == 0:
                chain.con.execute(insert(table).values(realm_id=realm_id, **values))

    def refresh_lock(self, realm_id: str) -> AbstractContextManager[object]:
        """Held by one process at a time; whoever dies lets go of it."""
        if self._ledger.engine.dialect.name == "postgresql":
            return self._session_lock(realm_id)
        return self._file_lock(realm_id)

    @contextmanager
    def _file_lock(self, realm_id: str) -> Generator[None]:
        self._home.mkdir(parents=True, exist_ok=True)
        path = self._home / f"refresh-{hashlib.sha256(realm_id.encode()).hexdigest()[:12]}.lock"
        try:
            with FileLock(path, timeout=_LOCK_SECONDS):
                yield
        except Timeout:
            raise ConfigurationError(
                f"Another process has been refreshing the QuickBooks tokens of {realm_id} for {_LOCK_SECONDS} s "
                f"({path}). End it and start again."
            ) from None

    @contextmanager
    def _session_lock(self, realm_id: str) -> Generator[None]:
        number = int.from_bytes(hashlib.sha256(realm_id.encode()).digest()[:8], signed=True)
        # A session of its own, in autocommit: a transaction must not stay open during HTTP.
        with self._ledger.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as con:
            con.execute(text("SELECT pg_advisory_lock(:number)"), {"number": number})
            try:
                yield
            finally:
                con.execute(text("SELECT pg_advisory_unlock(:number)"), {"number": number})


def _fernet_key(secret: str) -> bytes:
    """Any passphrase becomes a key; slow on purpose, so that a weak one is not tried by the million."""
    derived = hashlib.scrypt(secret.encode(), salt=_SALT, n=2**14, r=8, p=1, dklen=32)
    return base64.urlsafe_b64encode(derived)


def _key_of_file(path: Path) -> bytes:
    """The key in a file that only its owner may read, made at first use by whichever process is first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{path}.lock", timeout=60):
        if not path.exists():
            half = path.with_name(path.name + ".new")
            half.unlink(missing_ok=True)
            half.touch(mode=0o600)
            half.write_bytes(Fernet.generate_key())
            half.replace(path)
        if path.stat().st_mode & 0o077:
            raise ConfigurationError(f"{path} can be read by others. Run `chmod 600 {path}`.")
        key = path.read_bytes().strip()
    try:
        Fernet(key)
    except ValueError:
        raise ConfigurationError(
            f"{path} is damaged: it holds no key. Bring it back from its backup. If there is none, move the file away "
            "and connect again with `harvest-qb connect`: what it sealed are QuickBooks' tokens only."
        ) from None
    return key
