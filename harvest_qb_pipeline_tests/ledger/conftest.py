import shutil
from pathlib import Path

import pytest

from harvest_qb_pipeline.ledger.store import open_ledger
from harvest_qb_pipeline_tests.ledger.books import Books


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty ledger, migrated once: each test works on a copy."""
    path = tmp_path_factory.mktemp("ledger") / "empty.sqlite"
    open_ledger(path, actor="tests").close()
    return path


@pytest.fixture
def books(tmp_path: Path, migrated: Path):
    """A ledger for one test, whose audit chain must hold at its end."""
    shutil.copy(migrated, tmp_path / "ledger.sqlite")
    books = Books(tmp_path / "ledger.sqlite")
    yield books
    assert books.holds() == []
    books.ledger.close()
