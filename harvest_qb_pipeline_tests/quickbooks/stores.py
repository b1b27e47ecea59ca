"""A token store in memory, for tests: what the ledger keeps on disk, with every call on record."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from harvest_qb_pipeline.transport.tokens import OAuthTokens


class MemoryStore:
    """Satisfies `TokenStore`. `events` tells the order in which things happened."""

    def __init__(self) -> None:
        self.tokens: dict[str, OAuthTokens] = {}
        self.events: list[str] = []
        self._lock = threading.Lock()

    def load(self, realm_id: str) -> OAuthTokens | None:
        return self.tokens.get(realm_id)

    def save(self, realm_id: str, tokens: OAuthTokens) -> None:
        assert self._lock.locked(), "tokens are only saved under the refresh lock"
        self.events.append(f"saved {tokens.refresh_token}")
        self.tokens[realm_id] = tokens

    @contextmanager
    def refresh_lock(self, realm_id: str) -> Iterator[None]:
        with self._lock:
            yield
