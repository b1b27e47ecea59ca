"""Fixtures every test may use: one running sandbox for the session, and fresh companies in it.

Belongs here: the sandbox and its companies, a ledger to copy, and the order in which tests begin. Must not be here:
fixtures of one room (it has a conftest of its own).
"""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.ledger.store import open_ledger
from harvest_qb_pipeline.sandbox.testing import RunningSandbox


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that take longest begin first, so that no worker is left with them; what is lived once is on one worker."""
    for item in items:
        if "october" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("october"))
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """What is there by now stays to the end: looking through it for garbage took a tenth of the time of all tests."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def sandbox() -> Iterator[RunningSandbox]:
    with RunningSandbox() as running:
        yield running


@pytest.fixture
def company(sandbox: RunningSandbox) -> Iterator[JsonObject]:
    """A fresh empty company as the control API describes it, without rate limits, on 3 November 2026."""
    created = sandbox.create_company(today="2026-11-03")
    yield created
    sandbox.control("DELETE", f"/companies/{created['id']}")


@pytest.fixture(scope="session")
def blank_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty ledger of the newest version, to be copied: migrating takes longer than a bill."""
    path = tmp_path_factory.mktemp("blank") / "ledger.sqlite"
    open_ledger(path, actor="test").close()
    return path
