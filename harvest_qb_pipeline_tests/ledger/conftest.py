import shutil
from pathlib import Path

import pytest

from harvest_qb_pipeline_tests.ledger.books import Books


@pytest.fixture
def books(tmp_path: Path, blank_ledger: Path):
    """A ledger for one test, whose audit chain must hold at its end."""
    shutil.copy(blank_ledger, tmp_path / "ledger.sqlite")
    books = Books(tmp_path / "ledger.sqlite")
    yield books
    assert books.holds() == []
    books.ledger.close()
