"""Whose browser may decide: a link that works once, the cookie it is exchanged for, and the key that signs cookies.

Belongs here: making and recognising these three. Must not be here: HTTP, or what needs a session (the guard).

The key lies in the home, where only its owner can read it, so that a browser stays known when the server is started
again. A program may show the key itself, as `Authorization: Bearer KEY`.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from harvest_qb_pipeline.settings import ConfigurationError

KEY_FILE = "ui.key"
SESSION_SECONDS = 30 * 24 * 3600
"""How long a browser is known; opening another link begins anew."""
_WAITING_LINKS = 3
"""How many links may wait to be opened; a newer one ends the oldest."""


class Sessions:
    """Sessions of one home, signed with `key`; `clock` gives seconds of the epoch."""

    def __init__(self, key: str, clock: Callable[[], float] = time.time) -> None:
        self._key = key
        self._clock = clock
        self._links: list[str] = []
        # Cookies know no ports: two homes on one machine must not overwrite each other's.
        self.cookie_name = f"harvest_qb_{hashlib.sha256(key.encode()).hexdigest()[:8]}"

    def new_link(self) -> str:
        """A token that `redeem` takes once."""
        self._links = [*self._links[1 - _WAITING_LINKS :], secrets.token_urlsafe(32)]
        return self._links[-1]

    def redeem(self, token: str) -> bool:
        """Whether this is a link that nobody has opened yet; it is not one any more."""
        found = [link for link in self._links if hmac.compare_digest(link.encode(), token.encode())]
        self._links = [link for link in self._links if link not in found]
        return bool(found)

    def new_session(self) -> str:
        """The value of a cookie by which a browser is known."""
        said = f"{int(self._clock()) + SESSION_SECONDS}.{secrets.token_urlsafe(12)}"
        return f"{said}.{self._signature(said)}"

    def is_session(self, value: str) -> bool:
        """Whether we made this value, and its time is not over."""
        said, _, signature = value.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(said).encode()):
            return False
        return int(said.partition(".")[0]) > self._clock()

    def is_key(self, value: str) -> bool:
        """Whether this is the key itself, which only who may read the home can show."""
        return hmac.compare_digest(value.encode(), self._key.encode())

    def _signature(self, said: str) -> str:
        return hmac.new(self._key.encode(), said.encode(), hashlib.sha256).hexdigest()


def key_in(home: Path) -> str:
    """The key of this home, made at first use. Raises `ConfigurationError` when others may read it."""
    path = home / KEY_FILE
    if not path.exists():
        made = path.with_suffix(".new")
        made.unlink(missing_ok=True)
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(32), encoding="ascii")
        made.replace(path)
    if path.stat().st_mode & 0o077:
        raise ConfigurationError(
            f"{path} can be read by others. Run `chmod 600 '{path}'`, or remove it: it is made anew."
        )
    key = path.read_text(encoding="ascii", errors="replace").strip()
    if len(key) < 32:
        raise ConfigurationError(
            f"{path} is no key any more. Remove it: it is made anew, and browsers ask for a new link."
        )
    return key
