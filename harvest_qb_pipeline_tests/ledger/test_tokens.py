"""OAuth tokens: sealed on the disk, in no event, refreshed by one at a time."""

import stat
import threading
from datetime import UTC, datetime

import pytest

from harvest_qb_pipeline.ledger.tokens import KEY_FILE, LedgerTokenStore
from harvest_qb_pipeline.settings import ConfigurationError
from harvest_qb_pipeline.transport.tokens import OAuthTokens
from harvest_qb_pipeline_tests.ledger.books import Books, events_in

TOKENS = OAuthTokens("access-secret", "refresh-secret", datetime(2026, 11, 3, 13, tzinfo=UTC), None, "abc")


def test_saved_tokens_come_back_as_they_were(books: Books, tmp_path) -> None:
    store = LedgerTokenStore(books.ledger, home=tmp_path, key="a passphrase")
    assert store.load("91") is None
    store.save("91", TOKENS)
    newer = OAuthTokens("b", "c", TOKENS.access_expires_at, datetime(2027, 2, 1, tzinfo=UTC), "abc")
    store.save("92", newer)
    assert LedgerTokenStore(books.ledger, home=tmp_path, key="a passphrase").load("91") == TOKENS
    assert store.load("92") == newer
    store.save("91", newer)
    assert store.load("91") == newer


def test_no_secret_is_readable_in_the_file_the_events_or_a_representation(books: Books, tmp_path) -> None:
    LedgerTokenStore(books.ledger, home=tmp_path).save("91", TOKENS)
    told = str(events_in(books.ledger)) + repr(TOKENS)
    books.ledger.close()
    on_disk = b"".join(path.read_bytes() for path in tmp_path.glob("ledger.sqlite*"))
    for secret in ("access-secret", "refresh-secret"):
        assert secret not in told
        assert secret.encode() not in on_disk


def test_without_a_passphrase_a_key_file_for_its_owner_only_is_made(books: Books, tmp_path) -> None:
    home = tmp_path / "home"
    LedgerTokenStore(books.ledger, home=home).save("91", TOKENS)
    assert stat.S_IMODE((home / KEY_FILE).stat().st_mode) == 0o600
    assert LedgerTokenStore(books.ledger, home=home).load("91") == TOKENS
    (home / KEY_FILE).chmod(0o644)
    with pytest.raises(ConfigurationError, match="can be read by others"):
        LedgerTokenStore(books.ledger, home=home)


def test_another_key_is_told_in_words(books: Books, tmp_path) -> None:
    LedgerTokenStore(books.ledger, home=tmp_path, key="one").save("91", TOKENS)
    with pytest.raises(ConfigurationError, match="sealed with another key"):
        LedgerTokenStore(books.ledger, home=tmp_path, key="two").load("91")


def test_one_refreshes_while_the_other_waits(books: Books, tmp_path) -> None:
    stores = [LedgerTokenStore(books.ledger, home=tmp_path, key="k") for _ in range(2)]
    order: list[str] = []
    inside = threading.Event()

    def second() -> None:
        inside.wait(10)
        with stores[1].refresh_lock("91"):
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with stores[0].refresh_lock("91"):
        inside.set()
        thread.join(0.3)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]
