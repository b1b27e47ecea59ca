"""One ledger belongs to one pair of accounts."""

import pytest

from harvest_qb_pipeline.ledger.homes import bind_home
from harvest_qb_pipeline.settings import ConfigurationError
from harvest_qb_pipeline_tests.ledger.books import Books

OURS = {
    "harvest_account_id": "1",
    "realm_id": "91",
    "harvest_base_url": "https://harvest.example/v2",
    "quickbooks_base_url": "https://qbo.example",
}


def test_the_same_accounts_are_welcome_again(books: Books) -> None:
    bind_home(books.ledger, **OURS)
    bind_home(books.ledger, **OURS)
    bind_home(books.ledger, **OURS | {"harvest_base_url": "https://harvest.example/v2/"})


@pytest.mark.parametrize("name", sorted(OURS))
def test_any_other_account_or_address_is_refused_by_name(books: Books, name: str) -> None:
    bind_home(books.ledger, **OURS)
    with pytest.raises(ConfigurationError, match=r"is 'https://other.example', this home belongs to"):
        bind_home(books.ledger, **OURS | {name: "https://other.example"})
